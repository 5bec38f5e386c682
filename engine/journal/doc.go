// Package journal keeps exchanges: what is kept of each, without its secrets, and within which bounds. It knows neither the
// engine nor the worlds.
package journal

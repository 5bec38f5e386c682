// Package entropy draws random text: tokens, ids and names. The same seed, label and counter give the same text, so that a call
// can be run twice.
package entropy

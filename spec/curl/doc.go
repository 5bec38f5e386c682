// Package curl writes HTTP requests as curl commands for bash and zsh. It quotes every part of a request, so that no
// request can make the shell run, expand or read anything, and can put variables in the place of secrets. It sends
// nothing and refuses to know where a request comes from.
package curl

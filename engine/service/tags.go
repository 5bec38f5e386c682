package service

import (
	"net/http"
	"slices"
	"strings"

	"standin/engine/call"
	"standin/engine/refusal"
	"standin/spec"
)

// addAddressTags adds tags to an address. They are a set, in order of first use (ADDR-TAGS).
//
// POST /{tenant}/me/addresses/{addressId}/tags
func addAddressTags(c *call.Call) (spec.Reply, error) {
	return changeTags(c, union)
}

// deleteAddressTags removes tags from an address. A tag that it does not have is ignored (ADDR-TAGS).
//
// DELETE /{tenant}/me/addresses/{addressId}/tags
func deleteAddressTags(c *call.Call) (spec.Reply, error) {
	return changeTags(c, without)
}

func changeTags(c *call.Call, change func(tags, named []string) []string) (spec.Reply, error) {
	named := tagsIn(c.Param("tags"))
	if len(named) == 0 {
		return spec.Reply{}, refusal.Field("tags", "required", "names no tag").By("ADDR-TAGS")
	}
	row, err := ownAddress(c)
	if err != nil {
		return spec.Reply{}, err
	}
	before := row
	row.Tags = change(row.Tags, named)
	changeAddress(c, before, row)
	return call.Done(http.StatusNoContent)
}

func tagsIn(list string) []string {
	var tags []string
	for tag := range strings.SplitSeq(list, ",") {
		if tag = strings.TrimSpace(tag); tag != "" {
			tags = append(tags, tag)
		}
	}
	return tags
}

// union returns the tags with the missing ones appended, each once. It makes a new slice, because rows share theirs.
func union(tags, named []string) []string {
	var all []string
	known := map[string]bool{}
	for _, tag := range slices.Concat(tags, named) {
		if !known[tag] {
			known[tag] = true
			all = append(all, tag)
		}
	}
	return all
}

// without returns the tags without the named ones; nil if none is left, as in an address that never had one, so that an
// unchanged address is recognized.
func without(tags, named []string) []string {
	gone := map[string]bool{}
	for _, tag := range named {
		gone[tag] = true
	}
	var left []string
	for _, tag := range tags {
		if !gone[tag] {
			left = append(left, tag)
		}
	}
	return left
}

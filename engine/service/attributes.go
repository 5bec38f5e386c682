package service

import (
	"encoding/json"
	"net/http"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"standin/engine/call"
	"standin/spec"
)

type attributeBody struct {
	Key   string         `json:"key"`
	Value jsontext.Value `json:"value"`
}

// addContextAttribute stores an attribute in the context of the caller's session, in place of one of the same name. The answer is
// the name (CONTEXT-ATTRIBUTES).
//
// POST /session-context/{tenant}/me/context/attributes
func addContextAttribute(c *call.Call, in attributeBody) (spec.Reply, error) {
	change := func(all map[string]jsontext.Value) { all[in.Key] = in.Value }
	if err := changeAttributes(c, change); err != nil {
		return spec.Reply{}, err
	}
	return call.Answer(http.StatusCreated, in.Key)
}

// deleteContextAttribute removes an attribute from the context of the caller's session, if it is there (CONTEXT-ATTRIBUTES).
//
// DELETE /session-context/{tenant}/me/context/attributes/{attributeName}
func deleteContextAttribute(c *call.Call) (spec.Reply, error) {
	change := func(all map[string]jsontext.Value) { delete(all, c.Param("attributeName")) }
	if err := changeAttributes(c, change); err != nil {
		return spec.Reply{}, err
	}
	return call.Done(http.StatusNoContent)
}

// changeAttributes changes the attributes of the caller's session. It keeps the text of those that do not change.
func changeAttributes(c *call.Call, change func(all map[string]jsontext.Value)) error {
	session, err := ownSession(c)
	if err != nil {
		return err
	}
	before := session
	all := map[string]jsontext.Value{}
	must(0, jsonv2.Unmarshal(orEmpty(session.Context), &all))
	change(all)
	session.Context = attributesOf(all)
	if err := checkAttributes("value", session.Context); err != nil {
		return err
	}
	putContext(c, before, session)
	return nil
}

// attributesOf returns attributes as a session stores them: nil if there are none.
func attributesOf(all map[string]jsontext.Value) json.RawMessage {
	if len(all) == 0 {
		return nil
	}
	return must(jsonv2.Marshal(all, jsonv2.Deterministic(true)))
}

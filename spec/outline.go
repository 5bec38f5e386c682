package spec

import (
	"cmp"
	"maps"
	"slices"
	"strconv"

	"github.com/getkin/kin-openapi/openapi3"
)

// outline is a schema without the schemas of its items and of its additional members. Those are checked one by one, so that
// a check can stop early: kin-openapi collects all problems of a value before it returns, and each takes a kilobyte.
type outline struct {
	schema  *openapi3.Schema
	members map[string]*outline // outlines of the properties that have items or additional members, at any depth
	items   *outline            // outline of the items; nil if they have no schema
	others  *outline            // outline of additional members; nil if they have no schema
}

// outlineOf returns the outline of a schema that does not refer to itself.
func outlineOf(schema *openapi3.Schema) *outline {
	bare := *schema
	out := &outline{schema: &bare, members: map[string]*outline{}}
	if schema.Items != nil {
		out.items = outlineOf(schema.Items.Value)
		bare.Items = nil
	}
	if others := schema.AdditionalProperties.Schema; others != nil {
		out.others = outlineOf(others.Value)
		bare.AdditionalProperties = openapi3.BoolSchema{}
	}
	bare.Properties = maps.Clone(schema.Properties)
	for name, property := range schema.Properties {
		inner := outlineOf(property.Value)
		if inner.items == nil && inner.others == nil && len(inner.members) == 0 {
			continue
		}
		out.members[name] = inner
		bare.Properties[name] = &openapi3.SchemaRef{Value: inner.schema}
	}
	return out
}

// check appends the problems of a value to found and returns the result. It stops when there are maxDetails.
func (o *outline) check(value any, at string, found []Detail) []Detail {
	if err := o.schema.VisitJSON(value, openapi3.MultiErrors(), openapi3.DisableSchemaErrorDetails()); err != nil {
		found = append(found, details(err, cmp.Or(at, wholeBody))...)
	}
	return o.below(value, at, found)
}

// below checks the items and additional members of a value and of its properties.
func (o *outline) below(value any, at string, found []Detail) []Detail {
	switch value := value.(type) {
	case []any:
		for i := 0; o.items != nil && i < len(value) && len(found) < maxDetails; i++ {
			found = o.items.check(value[i], join(at, strconv.Itoa(i)), found)
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(o.members)) {
			if inner, ok := value[name]; ok {
				found = o.members[name].below(inner, join(at, name), found)
			}
		}
		return o.additional(value, at, found)
	}
	return found
}

// additional checks the additional members of an object.
func (o *outline) additional(object map[string]any, at string, found []Detail) []Detail {
	if o.others == nil {
		return found
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if len(found) >= maxDetails {
			break
		}
		if _, declared := o.schema.Properties[name]; !declared {
			found = o.others.check(object[name], join(at, name), found)
		}
	}
	return found
}

package spec

import (
	"cmp"
	"maps"
	"slices"
	"strconv"

	"github.com/getkin/kin-openapi/openapi3"
)

// outline is a schema without those of the items of its lists and of its additional members, which are checked one by
// one: kin-openapi collects all that is wrong with a value before it returns, and each problem takes a kilobyte.
type outline struct {
	schema  *openapi3.Schema
	members map[string]*outline // of the properties that have a part of their own
	items   *outline            // nil if nothing is said of them
	others  *outline            // of additional members; nil if nothing is said of them
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

// check appends what is wrong with a value to what was found, and stops once that is enough.
func (o *outline) check(value any, at string, found []Detail) []Detail {
	if err := o.schema.VisitJSON(value, openapi3.MultiErrors(), openapi3.DisableSchemaErrorDetails()); err != nil {
		found = append(found, details(err, cmp.Or(at, wholeBody))...)
	}
	return o.below(value, at, found)
}

// below checks the parts of a value that its outline leaves out.
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

func (o *outline) additional(object map[string]any, at string, found []Detail) []Detail {
	if o.others == nil {
		return found
	}
	for _, name := range sortedKeys(object) {
		if len(found) >= maxDetails {
			break
		}
		if _, declared := o.schema.Properties[name]; !declared {
			found = o.others.check(object[name], join(at, name), found)
		}
	}
	return found
}

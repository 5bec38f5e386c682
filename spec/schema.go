package spec

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Schema is a schema of a document.
type Schema struct {
	kin     *openapi3.Schema
	outline *outline
}

// Schema returns the schema with a name in the document's components.
func (d *Document) Schema(name string) (*Schema, bool) {
	ref, ok := d.kin.Components.Schemas[name]
	if !ok {
		return nil, false
	}
	return newSchema(ref.Value), true
}

func newSchema(schema *openapi3.Schema) *Schema {
	return &Schema{kin: schema, outline: outlineOf(schema)}
}

// Check returns the problems of a value. An undeclared member is a problem. The value consists of map[string]any, []any,
// string, float64, bool and nil. Check stops when it has found many problems.
func (s *Schema) Check(value any) []Detail {
	return append(s.outline.check(value, "", nil), undeclared(s.kin, value, "")...)
}

// check returns the problems of a value: all of them with the option openapi3.MultiErrors, otherwise the first.
func check(schema *openapi3.Schema, value any, more ...openapi3.SchemaValidationOption) []Detail {
	options := append(more, openapi3.DisableSchemaErrorDetails())
	if err := schema.VisitJSON(value, options...); err != nil {
		return details(err, wholeBody)
	}
	return nil
}

// undeclared returns a detail for every member that no schema declares. kin-openapi accepts such members.
func undeclared(schema *openapi3.Schema, value any, at string) []Detail {
	switch value := value.(type) {
	case map[string]any:
		return undeclaredMembers(schema, value, at)
	case []any:
		return undeclaredItems(schema, value, at)
	}
	return nil
}

func undeclaredMembers(schema *openapi3.Schema, object map[string]any, at string) []Detail {
	var found []Detail
	for _, name := range slices.Sorted(maps.Keys(object)) {
		place := join(at, name)
		declared, sub := member(schema, name, object)
		switch {
		case len(found) >= maxDetails:
			return found
		case !declared:
			found = append(found, Detail{Field: place, Type: "undeclared", Message: "is not a member that the document declares" + declares(schema)})
		case sub != nil:
			found = append(found, undeclared(sub, object[name], place)...)
		}
	}
	return found
}

// declares returns the end of a message, which names the members that a schema declares. It is empty if the schema declares
// none itself.
func declares(schema *openapi3.Schema) string {
	if len(schema.Properties) == 0 {
		return ""
	}
	return "; there are " + strings.Join(slices.Sorted(maps.Keys(schema.Properties)), ", ")
}

func undeclaredItems(schema *openapi3.Schema, list []any, at string) []Detail {
	items := itemsOf(schema, list)
	if items == nil {
		return nil
	}
	var found []Detail
	for i, item := range list {
		if found = append(found, undeclared(items, item, join(at, strconv.Itoa(i)))...); len(found) >= maxDetails {
			break
		}
	}
	return found
}

// member reports whether a schema declares a member, and returns the member's schema, if it has one. Of the schemas of a
// oneOf or anyOf only those count that accept the object.
func member(schema *openapi3.Schema, name string, object map[string]any) (bool, *openapi3.Schema) {
	if ref, ok := schema.Properties[name]; ok {
		return true, ref.Value
	}
	for _, form := range forms(schema, object) {
		if declared, sub := member(form, name, object); declared {
			return true, sub
		}
	}
	additional := schema.AdditionalProperties
	if additional.Schema != nil {
		return true, additional.Schema.Value
	}
	return additional.Has != nil && *additional.Has, nil
}

// itemsOf returns the schema of the items of a list, or nil if the schema gives none.
func itemsOf(schema *openapi3.Schema, list []any) *openapi3.Schema {
	if schema.Items != nil {
		return schema.Items.Value
	}
	for _, form := range forms(schema, list) {
		if items := itemsOf(form, list); items != nil {
			return items
		}
	}
	return nil
}

// forms returns the schemas of an allOf, and those of a oneOf or anyOf that accept the value.
func forms(schema *openapi3.Schema, value any) []*openapi3.Schema {
	var taken []*openapi3.Schema
	for _, ref := range schema.AllOf {
		taken = append(taken, ref.Value)
	}
	for _, refs := range []openapi3.SchemaRefs{schema.OneOf, schema.AnyOf} {
		for _, ref := range refs {
			if ref.Value.VisitJSON(value) == nil {
				taken = append(taken, ref.Value)
			}
		}
	}
	return taken
}

// join returns the place of a member or an item below the place at.
func join(at, name string) string {
	if at == "" {
		return name
	}
	return at + "." + name
}

package spec

import (
	"maps"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
)

// plan is a compiled schema. It checks a JSON text while reading it, without decoding it. A plan can only decide that a text
// is valid. If it does not decide that, or if the schema has a keyword that plans do not support, kin-openapi checks the
// value and reports the problems. A test compares plans with kin-openapi (plan_test.go).
type plan struct {
	null    bool
	boolean bool
	text    *textPlan
	number  *numberPlan
	list    *listPlan
	object  *objectPlan
}

// textPlan is the part of a plan for strings. Lengths are in code points, as in kin-openapi.
type textPlan struct {
	free        bool       // every string is valid
	least, most int        // bounds of the length; most is negative for no bound
	class       *[256]bool // allowed bytes, if the pattern allows only a set of bytes
	pattern     *regexp.Regexp
	enum        []string // allowed strings; nil for all
	moment      bool     // the format is date-time
}

// numberPlan is the part of a plan for numbers.
type numberPlan struct {
	whole    bool
	min, max *float64
}

// listPlan is the part of a plan for arrays.
type listPlan struct {
	least, most int   // bounds of the length; most is negative for no bound
	items       *plan // plan of the items; nil if every item is valid
}

// objectPlan is the part of a plan for objects.
type objectPlan struct {
	least    int // least number of members
	members  map[string]memberPlan
	required uint64   // set of the required members
	choices  []uint64 // sets of members, one of which must be present; empty for no such rule
	others   *plan    // plan of undeclared members; nil if their schema is not given
	open     bool     // every undeclared member is valid
}

// memberPlan is the plan of a declared member.
type memberPlan struct {
	bit uint64 // the member in a set of members
	*plan
}

// mostMembers is the greatest number of declared members that a plan supports: the bits of a set.
const mostMembers = 64

// compiler compiles schemas. The plan of a schema that refers to itself refers to itself.
type compiler struct {
	plans map[*openapi3.Schema]*plan
}

// compile returns the plan of a schema. The plan accepts no value if plans do not support a keyword of the schema.
func (c *compiler) compile(schema *openapi3.Schema) *plan {
	if p, ok := c.plans[schema]; ok {
		return p
	}
	p := &plan{}
	c.plans[schema] = p
	if !plannable(schema) {
		return p
	}
	p.null = schema.Nullable && schema.Enum == nil && schema.AnyOf == nil
	permits := func(kind string) bool { return schema.Type.Permits(kind) }
	p.boolean = permits(openapi3.TypeBoolean) && schema.Enum == nil
	if permits(openapi3.TypeString) {
		p.text = textPlanOf(schema)
	}
	if (permits(openapi3.TypeNumber) || permits(openapi3.TypeInteger)) && schema.Enum == nil && schema.Format == "" {
		p.number = &numberPlan{whole: !permits(openapi3.TypeNumber), min: schema.Min, max: schema.Max}
	}
	if permits(openapi3.TypeArray) && schema.Enum == nil {
		p.list = &listPlan{least: int(schema.MinItems), most: bound(schema.MaxItems)} //nolint:gosec // The documents' bounds are small.
		if schema.Items != nil {
			p.list.items = c.compile(schema.Items.Value)
		}
	}
	if permits(openapi3.TypeObject) && schema.Enum == nil {
		p.object = c.compileObject(schema)
	}
	return p
}

// plannable reports whether plans support every keyword of the schema. An anyOf is supported if its schemas have no keyword
// but required.
func plannable(s *openapi3.Schema) bool {
	known := openapi3.Schema{
		Type: s.Type, Nullable: s.Nullable, Enum: s.Enum, Format: s.Format, Pattern: s.Pattern,
		MinLength: s.MinLength, MaxLength: s.MaxLength, Min: s.Min, Max: s.Max, MinItems: s.MinItems, MaxItems: s.MaxItems,
		Items: s.Items, Properties: s.Properties, Required: s.Required, AdditionalProperties: s.AdditionalProperties,
		MinProps: s.MinProps, AnyOf: s.AnyOf, ReadOnly: s.ReadOnly,
		Title: s.Title, Description: s.Description, Default: s.Default, Example: s.Example, Deprecated: s.Deprecated,
		Extensions: s.Extensions, Origin: s.Origin,
	}
	return reflect.DeepEqual(known, *s) && (s.AnyOf == nil || s.Type.Is(openapi3.TypeObject) && onlyRequires(s.AnyOf))
}

// onlyRequires reports whether the schemas have no keyword but required.
func onlyRequires(choices openapi3.SchemaRefs) bool {
	return !slices.ContainsFunc(choices, func(choice *openapi3.SchemaRef) bool {
		return !reflect.DeepEqual(openapi3.Schema{Required: choice.Value.Required, Extensions: choice.Value.Extensions, Origin: choice.Value.Origin}, *choice.Value)
	})
}

// bound returns an upper bound, or -1 for none.
func bound(most *uint64) int {
	if most == nil {
		return -1
	}
	return int(*most) //nolint:gosec // The documents' bounds are small.
}

// textPlanOf returns the plan for the strings of a schema, or nil if only kin-openapi can check them.
func textPlanOf(s *openapi3.Schema) *textPlan {
	p := &textPlan{least: int(s.MinLength), most: bound(s.MaxLength), moment: s.Format == "date-time"} //nolint:gosec // The documents' bounds are small.
	if _, checked := openapi3.SchemaStringFormats[s.Format]; checked && !p.moment {
		return nil
	}
	if s.Pattern != "" {
		pattern, err := regexp.Compile(s.Pattern)
		if err != nil || strings.Contains(s.Pattern, `\u`) { // kin-openapi rewrites these.
			return nil
		}
		if !p.setClass(s.Pattern) {
			p.pattern = pattern
		}
	}
	for _, one := range s.Enum {
		text, ok := one.(string)
		if !ok {
			return nil
		}
		p.enum = append(p.enum, text)
	}
	p.free = p.least == 0 && p.most < 0 && p.pattern == nil && p.class == nil && p.enum == nil && !p.moment
	return p
}

// classPattern matches the form of most patterns: a set of characters and how many of them are allowed.
var classPattern = regexp.MustCompile(`^\^\[([-.\w]+)\]\{(\d+)(?:,(\d+))?\}\$$`)

// setClass replaces a pattern of the form of classPattern by a table of bytes and the bounds of the length, which are
// faster to check. It reports whether it did so.
func (p *textPlan) setClass(pattern string) bool {
	form := classPattern.FindStringSubmatch(pattern)
	if form == nil {
		return false
	}
	least, most := form[2], form[3]
	if most == "" {
		most = least
	}
	one, err := regexp.Compile("^[" + form[1] + "]$")
	low, _ := strconv.Atoi(least) // classPattern matches digits only; too large a number does not compile as a pattern.
	high, _ := strconv.Atoi(most)
	if err != nil || p.least > 0 || p.most >= 0 {
		return false
	}
	p.class, p.least, p.most = new([256]bool), low, high
	for b := range byte(utf8.RuneSelf) {
		p.class[b] = one.Match([]byte{b})
	}
	return true
}

// compileObject returns the plan for the objects of a schema, or nil if only kin-openapi can check them.
func (c *compiler) compileObject(s *openapi3.Schema) *objectPlan {
	if len(s.Properties) > mostMembers {
		return nil
	}
	p := &objectPlan{least: int(s.MinProps), members: map[string]memberPlan{}} //nolint:gosec // The documents' bounds are small.
	for i, name := range slices.Sorted(maps.Keys(s.Properties)) {
		p.members[name] = memberPlan{bit: 1 << i, plan: c.compile(s.Properties[name].Value)}
	}
	var ok bool
	if p.required, ok = p.set(s.Required); !ok {
		return nil
	}
	for _, choice := range s.AnyOf {
		set, ok := p.set(choice.Value.Required)
		if !ok {
			return nil
		}
		p.choices = append(p.choices, set)
	}
	additional := s.AdditionalProperties
	switch {
	case additional.Schema != nil:
		p.others = c.compile(additional.Schema.Value)
	case additional.Has != nil:
		p.open = *additional.Has
	}
	return p
}

// set returns the set of members with names. It reports false if one of them is not declared.
func (p *objectPlan) set(names []string) (uint64, bool) {
	var set uint64
	for _, name := range names {
		member, declared := p.members[name]
		if !declared {
			return 0, false
		}
		set |= member.bit
	}
	return set, true
}

// plansOf returns the plans of all JSON bodies, by media type.
func plansOf(content openapi3.Content) map[string]func() *plan {
	plans := map[string]func() *plan{}
	for mediaType, media := range content {
		if isJSON(mediaType) && media.Schema != nil {
			plans[mediaType] = planOf(media.Schema.Value)
		}
	}
	return plans
}

// planOf returns a function that returns the plan of a schema. The first call compiles the schema, since most programs use
// only a few schemas.
func planOf(schema *openapi3.Schema) func() *plan {
	return sync.OnceValue(func() *plan {
		return (&compiler{plans: map[*openapi3.Schema]*plan{}}).compile(schema)
	})
}

// parameter is a parameter of an operation, with the plan of its schema.
type parameter struct {
	*openapi3.Parameter
	plan func() *plan // nil if only kin-openapi can check its values
}

func newParameter(declared *openapi3.Parameter) parameter {
	p := parameter{Parameter: declared}
	if declared.Schema != nil && declared.Style == "" && declared.Schema.Value.Type.Is(openapi3.TypeString) {
		p.plan = planOf(declared.Schema.Value)
	}
	return p
}

// valid reports whether the plan accepts a value. It reports false for an empty one, which only kin-openapi can check.
func (p parameter) valid(value string, sent bool) bool {
	if !sent {
		return !p.Required
	}
	if p.plan == nil || value == "" {
		return false
	}
	text := p.plan().text
	return text != nil && text.allows([]byte(value))
}

// canonical returns a value in the one form that handlers compare and Go's parsers accept: an integer without fraction and
// exponent, true or false, a time in upper case. It returns other values unchanged.
func (p parameter) canonical(value string) string {
	switch {
	case p.Schema == nil:
	case p.Schema.Value.Format == "date-time":
		return strings.ToUpper(value)
	case p.Schema.Value.Type.Is(openapi3.TypeInteger) && strings.Trim(value, "-.0123456789eE+") == "":
		if number, err := strconv.ParseFloat(value, 64); err == nil && number == math.Trunc(number) && math.Abs(number) < 1<<53 {
			return strconv.FormatFloat(number, 'f', 0, 64)
		}
	case p.Schema.Value.Type.Is(openapi3.TypeBoolean):
		if is, err := strconv.ParseBool(value); err == nil {
			return strconv.FormatBool(is)
		}
	}
	return value
}

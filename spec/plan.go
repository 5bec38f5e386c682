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

// plan is a schema, compiled so that a JSON text is checked as it is read, without decoding it. It may only say
// "valid": whatever it doubts, and every schema with a keyword that it does not know, is asked of kin-openapi, which
// also says what is wrong. A differential test is the license for it (plan_test.go).
type plan struct {
	null    bool
	boolean bool
	text    *textPlan
	number  *numberPlan
	list    *listPlan
	object  *objectPlan
}

// textPlan is what a schema says of strings. Lengths count code points, as kin-openapi counts.
type textPlan struct {
	free        bool       // there is nothing to check
	least, most int        // most is negative for no bound
	class       *[256]bool // the bytes that there may be, for a pattern that says no more
	pattern     *regexp.Regexp
	enum        []string // nil for all
	moment      bool     // the format date-time
}

type numberPlan struct {
	whole    bool
	min, max *float64
}

type listPlan struct {
	least, most int   // most is negative for no bound
	items       *plan // nil for anything
}

// objectPlan is what a schema says of objects. A member that it does not declare is one for kin-openapi to judge.
type objectPlan struct {
	least    int
	members  map[string]memberPlan
	required uint64
	choices  []uint64 // sets of members, one of which has to be there; none for no such rule
	others   *plan    // what undeclared members are; nil if there may be none
	open     bool     // undeclared members are anything
}

type memberPlan struct {
	bit uint64
	*plan
}

// mostMembers is how many members of an object a plan can tell apart.
const mostMembers = 64

// compiler makes plans. A schema that contains itself has a plan that does.
type compiler struct {
	plans map[*openapi3.Schema]*plan
}

// compile makes the plan of a schema; one that knows no value to be valid if it has a keyword that plans do not know.
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
		p.list = &listPlan{least: int(schema.MinItems), most: bound(schema.MaxItems)} //nolint:gosec // Bounds of documents of ours.
		if schema.Items != nil {
			p.list.items = c.compile(schema.Items.Value)
		}
	}
	if permits(openapi3.TypeObject) && schema.Enum == nil {
		p.object = c.compileObject(schema)
	}
	return p
}

// plannable says whether plans know every keyword of the schema. An anyOf is known where it only says what is required
// of an object.
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

func onlyRequires(choices openapi3.SchemaRefs) bool {
	return !slices.ContainsFunc(choices, func(choice *openapi3.SchemaRef) bool {
		return !reflect.DeepEqual(openapi3.Schema{Required: choice.Value.Required, Extensions: choice.Value.Extensions, Origin: choice.Value.Origin}, *choice.Value)
	})
}

func bound(most *uint64) int {
	if most == nil {
		return -1
	}
	return int(*most) //nolint:gosec // Bounds of documents of ours.
}

// textPlanOf is nil if strings are for kin-openapi to judge.
func textPlanOf(s *openapi3.Schema) *textPlan {
	p := &textPlan{least: int(s.MinLength), most: bound(s.MaxLength), moment: s.Format == "date-time"} //nolint:gosec // As above.
	if _, checked := openapi3.SchemaStringFormats[s.Format]; checked && !p.moment {
		return nil
	}
	if s.Pattern != "" {
		pattern, err := regexp.Compile(s.Pattern)
		if err != nil || strings.Contains(s.Pattern, `\u`) { // kin-openapi rewrites these.
			return nil
		}
		if !p.takeClass(s.Pattern) {
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

// classPattern is the form of most patterns: so many of these bytes, and nothing else.
var classPattern = regexp.MustCompile(`^\^\[([-.\w]+)\]\{(\d+)(?:,(\d+))?\}\$$`)

// takeClass takes a pattern of that form as what it says: a table of bytes, and how many there are.
func (p *textPlan) takeClass(pattern string) bool {
	form := classPattern.FindStringSubmatch(pattern)
	if form == nil {
		return false
	}
	least, most := form[2], form[3]
	if most == "" {
		most = least
	}
	one, err := regexp.Compile("^[" + form[1] + "]$")
	low, _ := strconv.Atoi(least) // Digits, by the form; too many of them do not compile as a pattern.
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

// compileObject is nil if objects are for kin-openapi to judge.
func (c *compiler) compileObject(s *openapi3.Schema) *objectPlan {
	if len(s.Properties) > mostMembers {
		return nil
	}
	p := &objectPlan{least: int(s.MinProps), members: map[string]memberPlan{}} //nolint:gosec // As above.
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

// set is the set of some declared members; false if one is not declared.
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

// plansOf are the plans of all bodies in JSON, by media type.
func plansOf(content openapi3.Content) map[string]func() *plan {
	plans := map[string]func() *plan{}
	for mediaType, media := range content {
		if isJSON(mediaType) && media.Schema != nil {
			plans[mediaType] = planOf(media.Schema.Value)
		}
	}
	return plans
}

// planOf compiles a schema when it is first needed: most programs use few of them.
func planOf(schema *openapi3.Schema) func() *plan {
	return sync.OnceValue(func() *plan {
		return (&compiler{plans: map[*openapi3.Schema]*plan{}}).compile(schema)
	})
}

// parameter is a parameter of an operation, with a plan for its text.
type parameter struct {
	*openapi3.Parameter
	plan func() *plan // nil if its values are for kin-openapi to judge
}

func newParameter(declared *openapi3.Parameter) parameter {
	p := parameter{Parameter: declared}
	if declared.Schema != nil && declared.Style == "" && declared.Schema.Value.Type.Is(openapi3.TypeString) {
		p.plan = planOf(declared.Schema.Value)
	}
	return p
}

// valid says that the plan knows a value to be valid. An empty one is kin-openapi's.
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

// canonical returns a value in the form that Go reads: a whole number without a fraction and an exponent, a moment in upper
// case. Other values stay as they are.
func (p parameter) canonical(value string) string {
	switch {
	case p.Schema == nil:
	case p.Schema.Value.Format == "date-time":
		return strings.ToUpper(value)
	case p.Schema.Value.Type.Is(openapi3.TypeInteger) && strings.Trim(value, "-.0123456789eE+") == "":
		if number, err := strconv.ParseFloat(value, 64); err == nil && number == math.Trunc(number) && math.Abs(number) < 1<<53 {
			return strconv.FormatFloat(number, 'f', 0, 64)
		}
	}
	return value
}

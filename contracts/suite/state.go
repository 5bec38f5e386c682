package suite

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"go.yaml.in/yaml/v4"
)

// State returns the whole state of the tenant as a fixture file. It is empty for a server without a control API.
func (w *World) State() string {
	GinkgoHelper()
	if w.suite.Target.Foreign() {
		return ""
	}
	return string(w.control(http.MethodGet, "/export", nil))
}

// Rows are the values of a tenant's state by their places, such as /customers/jane/profile/lastName.
type Rows map[string]string

// Rows returns the values of the tenant's state.
func (w *World) Rows() Rows {
	GinkgoHelper()
	return RowsOf(w.State())
}

// RowsOf returns the values of a state. An object in a list has its identity in its place.
func RowsOf(state string) Rows {
	GinkgoHelper()
	var all any
	Expect(yaml.Load([]byte(state), &all)).To(Succeed())
	rows := Rows{}
	rows.add("", all)
	return rows
}

// Named returns the rows with names for identities in places and values.
func (r Rows) Named(names *strings.Replacer) Rows {
	named := Rows{}
	for at, value := range r {
		named[names.Replace(at)] = names.Replace(value)
	}
	return named
}

func (r Rows) add(at string, value any) {
	switch value := value.(type) {
	case map[string]any:
		for name, one := range value {
			r.add(at+"/"+name, one)
		}
	case []any:
		for i, one := range value {
			name := strconv.Itoa(i)
			if object, ok := one.(map[string]any); ok {
				name = identity(object, name)
			}
			r.add(at+"/"+name, one)
		}
	default:
		r[at] = fmt.Sprint(value)
	}
}

// identity returns the value that identifies an object in a list, or otherwise if the object has none.
func identity(object map[string]any, otherwise string) string {
	for _, name := range []string{"number", "token", "accessToken", "id", "email", "sessionId"} {
		if value, ok := object[name]; ok {
			return fmt.Sprint(value)
		}
	}
	return otherwise
}

// Changed returns the places whose values differ in later rows, sorted.
func (r Rows) Changed(later Rows) []string {
	places := map[string]bool{}
	for at, value := range r {
		if now, ok := later[at]; !ok || now != value {
			places[at] = true
		}
	}
	for at := range later {
		if _, ok := r[at]; !ok {
			places[at] = true
		}
	}
	return slices.Sorted(maps.Keys(places))
}

package main

import (
	"fmt"
	"regexp"
	"slices"
)

// tenantNames refuses what can be no tenant. The engine refuses the same, but not before the server listens.
func tenantNames(names []string) error {
	for _, name := range names {
		if !tenantForm.MatchString(name) || slices.Contains([]string{"customer", "customerlogin", "me"}, name) {
			return fmt.Errorf("--tenant: %q is no name of a tenant: it takes 3 to 16 lower-case letters and digits, a letter first, and customer and customerlogin are reserved", name)
		}
	}
	return nil
}

var tenantForm = regexp.MustCompile(`^[a-z][a-z0-9]{2,15}$`)

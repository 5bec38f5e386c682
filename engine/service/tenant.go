package service

import "strings"

const tenantScope = "tenant="

// ScopedTenant returns the tenant that a scope names; "" if it names none.
func ScopedTenant(scope string) string {
	for one := range strings.FieldsSeq(scope) {
		if tenant, ok := strings.CutPrefix(one, tenantScope); ok {
			return tenant
		}
	}
	return ""
}

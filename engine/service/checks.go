package service

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"standin/engine/call"
	"standin/engine/refusal"
	"standin/spec"
	"standin/state"
)

// checkEmail refuses a new e-mail address that is not well-formed (EMAIL-FORM).
func checkEmail(field, email string) error {
	if !spec.IsEmail(email) {
		return refusal.Field(field, "format", "is not an e-mail address").By("EMAIL-FORM")
	}
	return nil
}

// checkPassword refuses a new password that is shorter than the tenant's minimum, in characters (PASSWORD-LENGTH).
func checkPassword(c *call.Call, field, password string) error {
	if utf8.RuneCountInString(password) < c.Settings.PasswordMinLength {
		return refusal.Field(field, "min_length", fmt.Sprintf("must have at least %d characters", c.Settings.PasswordMinLength)).By("PASSWORD-LENGTH").Saw("setting passwordMinLength", strconv.Itoa(c.Settings.PasswordMinLength))
	}
	return nil
}

// checkBusiness refuses a customer with a company registration and without what a company requires (B2B-RULE).
func checkBusiness(customer state.Customer, prefix string) error {
	if customer.CompanyRegistrationID.String() == "" {
		return nil
	}
	var missing []spec.Detail
	for _, one := range []struct {
		name  string
		value state.Text
	}{
		{"firstName", customer.FirstName}, {"lastName", customer.LastName}, {"company", customer.Company},
	} {
		if strings.TrimSpace(one.value.String()) == "" {
			missing = append(missing, spec.Detail{Field: prefix + one.name, Type: "required", Message: "is required with b2b.companyRegistrationId, and must not be blank"})
		}
	}
	if len(missing) > 0 {
		return refusal.Invalid.With(missing...).By("B2B-RULE")
	}
	return nil
}

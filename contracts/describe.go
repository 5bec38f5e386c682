package contracts

import "standin/contracts/suite"

// Register adds the specs for a target to ginkgo's tree. Call it before ginkgo runs, once for each target.
//
// The label filter of ginkgo selects specs by their rules, also in the tests of another package:
//
//	config, reporter := ginkgo.GinkgoConfiguration()
//	config.LabelFilter = "SIGNUP || SIGNUP-DUP"
//	ginkgo.RunSpecs(t, "sign-up", config, reporter)
func Register(target suite.Target) error { return suite.RegisterSections(target, sections()) }

// Verify runs the specs against a server, as [suite.VerifySections] does.
func Verify(target suite.Target, run suite.Run) (suite.Result, error) {
	return suite.VerifySections(target, run, sections())
}

// sections returns all specs: first those about no operation in particular, then those about the operations in the order
// of the documents, finally those that combine operations. If no section names an operation, the run fails.
func sections() []suite.Section {
	about := func(describe func(*suite.Suite), operations ...string) suite.Section {
		return suite.Section{Operations: operations, Describe: describe}
	}
	return []suite.Section{
		about(describeWire),
		about(describeInput),
		about(describeNegatives),
		about(describeErrors),
		about(describeTokens),
		about(describeCallers),

		about(describeAddresses, "addAddress", "listAddresses", "getAddress"),
		about(describeAddressChanges, "updateAddress", "replaceAddress", "deleteAddress"),
		about(describeTags, "addAddressTags", "deleteAddressTags"),
		about(describeProfile, "getProfile"),
		about(describeProfileChanges, "updateProfile", "replaceProfile"),
		about(describeDeletion, "deleteProfile"),
		about(describeAccounts, "assignAccount"),
		about(describeSignup, "signup"),
		about(describeLogin, "login"),
		about(describeLogout, "logout"),
		about(describeRefresh, "refreshToken"),
		about(describeSocial, "socialLogin"),
		about(describeOptIn, "confirmOptIn", "resendOptIn"),
		about(describeEmailChange, "requestEmailChange", "confirmEmailChange"),
		about(describePasswords, "requestPasswordReset", "resetPassword", "changePassword"),
		about(describeCompanions, "anonymousLogin", "anonymousRefresh", "serviceToken", "validateToken", "getScopes", "getSessionContext", "updateSessionContext"),

		about(describeMail),
		about(describeFrames),
		about(describeModel),
		about(describeExisting),
		about(describeRaces),
	}
}

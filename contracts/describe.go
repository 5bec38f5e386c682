package contracts

// describe builds the tree: the wire first, then an entry per operation, in the order of the document.
func (s *suite) describe() {
	s.describeWire()
	s.describeInput()
	s.describeNegatives()
	s.describeErrors()
	s.describeTokens()
	s.describeCallers()

	s.describeAddresses()
	s.describeAddressChanges()
	s.describeTags()
	s.describeProfile()
	s.describeProfileChanges()
	s.describeDeletion()
	s.describeAccounts()
	s.describeSignup()
	s.describeLogin()
	s.describeLogout()
	s.describeRefresh()
	s.describeSocial()
	s.describeOptIn()
	s.describeEmailChange()
	s.describePasswords()
	s.describeMail()
	s.describeCompanions()
	s.describeFrames()
	s.describeModel()
	s.describeExisting()
	s.describeRaces()
}

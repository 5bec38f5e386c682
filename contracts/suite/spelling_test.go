package suite

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// A secret is found in all encodings, and in up to three encodings of one another.
func TestASecretIsFoundHoweverItIsEncoded(t *testing.T) {
	const secret = `Pä"ss/w\ör d+%&😀`
	var letters, percents, decimal, bytes strings.Builder
	for _, r := range secret {
		if r < 0x10000 {
			fmt.Fprintf(&letters, `\u%04X`, r)
		} else {
			letters.WriteString(`\ud83d\uDE00`)
		}
		fmt.Fprintf(&decimal, "&#%d;", r)
	}
	for _, b := range []byte(secret) {
		fmt.Fprintf(&percents, "%%%02x", b)
		fmt.Fprintf(&bytes, `\x%02X`, b)
	}
	nested := strings.NewReplacer(`\`, `\\`, `"`, `\"`)
	spelled := []string{
		secret, letters.String(), percents.String(), decimal.String(), bytes.String(),
		`P\u00e4\"ss\/w\\\u00f6r d+%&\ud83d\ude00`,                      // PHP and Python
		`P\u00C4`[:1] + `\u00E4\u0022ss/w\u005c\u00F6r\u0020d+%\u0026😀`, // other escapes
		nested.Replace(`Pä\"ss/w\\ör d+%&😀`),
		nested.Replace(nested.Replace(`Pä\"ss/w\\ör d+%&😀`)),
		"P%c3%a4%22ss%2fw%5c%c3%b6r+d%2b%25%26%f0%9f%98%80",
		strings.ReplaceAll(percents.String(), "%", "%25"),
		"P&auml;&quot;ss&#x2F;w&#92;&ouml;r d+%&amp;&#x1F600;",
		strings.ReplaceAll("P&auml;&#34;ss/w\\ör d+%&amp;😀", "&", "&amp;"),
		nested.Replace(letters.String()),
		strings.ReplaceAll(decimal.String(), "&", "%26"),
	}
	n := &masker{variables: map[string]string{}, references: map[string]string{}, taken: map[string]bool{}, derived: map[string]string{}}
	n.add(secret, "", "SECRET")
	for _, one := range spelled {
		if got := n.message("<" + one + ">"); !strings.HasPrefix(got, "<$SECRET") || strings.ContainsAny(got[7:], `%&\`) || !strings.HasSuffix(got, ">") {
			t.Errorf("%s is shown as %s", one, got)
		}
	}
	for _, other := range []string{"Pä", `P\u00e5"ss/w\ör d+%&😀`, "100% + 1 &amp; \\n", `\u12`, "%4"} {
		if got := n.message(other); got != other {
			t.Errorf("%q is shown as %q", other, got)
		}
	}
}

// A text that can be decoded in many ways takes little time.
func TestEncodedTextsAreReadInTime(t *testing.T) {
	n := &masker{variables: map[string]string{}, references: map[string]string{}, taken: map[string]bool{}, derived: map[string]string{}}
	n.add(strings.Repeat(`\`, 500)+"x", "", "SECRET")
	n.add(strings.Repeat("%25", 500), "", "OTHER")
	begun := time.Now()
	for _, one := range []string{`\`, "%25"} {
		n.message(strings.Repeat(one, 1<<18))
	}
	if took := time.Since(begun); took > time.Minute {
		t.Errorf("it takes %s", took)
	}
}

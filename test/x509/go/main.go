// What Go's crypto/x509, which etcd and Kubernetes are built on, makes of certificates: one question a line, one answer a line.
package main

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"os"
	"time"
)

type question struct {
	// Leaf first, root last; one alone is only parsed.
	Chain [][]byte
	// Where it is given, the chain is what is presented, and this is all that is trusted.
	Anchors [][]byte
	At      time.Time
	Usages  []string
}

type answer struct {
	Error     string
	Names     []string
	NotBefore string
	NotAfter  string
	Subject   [][2]string
	Issuer    [][2]string
	Serial    string
	KeyType   string
	KeySize   int
	KeyUsage  int
	IsCA      bool
	PathLen   int
}

var usages = map[string]x509.ExtKeyUsage{"serverAuth": x509.ExtKeyUsageServerAuth, "clientAuth": x509.ExtKeyUsageClientAuth}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var q question
		if err := json.Unmarshal(lines.Bytes(), &q); err != nil {
			panic(err)
		}
		out, err := json.Marshal(judge(q))
		if err != nil {
			panic(err)
		}
		fmt.Println(string(out))
	}
}

func judge(q question) answer {
	parsed, err := parse(q.Chain)
	if err != nil {
		return answer{Error: err.Error()}
	}
	anchors, err := parse(q.Anchors)
	if err != nil {
		return answer{Error: err.Error()}
	}
	if q.Anchors == nil && len(parsed) == 1 {
		return describe(parsed[0])
	}
	if q.Anchors == nil {
		anchors, parsed = parsed[len(parsed)-1:], parsed[:len(parsed)-1]
	}
	for _, usage := range q.Usages {
		if err := verify(parsed, anchors, q.At, usages[usage]); err != nil {
			return answer{Error: usage + ": " + err.Error()}
		}
	}
	return answer{}
}

func parse(ders [][]byte) ([]*x509.Certificate, error) {
	var parsed []*x509.Certificate
	for _, der := range ders {
		certificate, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, err
		}
		parsed = append(parsed, certificate)
	}
	return parsed, nil
}

func verify(chain, anchors []*x509.Certificate, at time.Time, usage x509.ExtKeyUsage) error {
	roots, intermediates := x509.NewCertPool(), x509.NewCertPool()
	for _, certificate := range anchors {
		roots.AddCert(certificate)
	}
	for _, certificate := range chain[1:] {
		intermediates.AddCert(certificate)
	}
	_, err := chain[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: intermediates, CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{usage}})
	return err
}

func describe(c *x509.Certificate) answer {
	a := answer{
		NotBefore: c.NotBefore.UTC().Format("2006-01-02T15:04:05Z"),
		NotAfter:  c.NotAfter.UTC().Format("2006-01-02T15:04:05Z"),
		Serial:    fmt.Sprintf("%x", c.SerialNumber.Bytes()),
		KeyUsage:  int(c.KeyUsage),
		IsCA:      c.IsCA,
		PathLen:   c.MaxPathLen,
	}
	for _, each := range c.Subject.Names {
		a.Subject = append(a.Subject, [2]string{each.Type.String(), fmt.Sprint(each.Value)})
	}
	for _, each := range c.Issuer.Names {
		a.Issuer = append(a.Issuer, [2]string{each.Type.String(), fmt.Sprint(each.Value)})
	}
	for _, each := range c.DNSNames {
		a.Names = append(a.Names, "DNS:"+each)
	}
	for _, each := range c.EmailAddresses {
		a.Names = append(a.Names, "email:"+each)
	}
	for _, each := range c.URIs {
		a.Names = append(a.Names, "URI:"+each.String())
	}
	for _, each := range c.IPAddresses {
		a.Names = append(a.Names, "IP:"+each.String())
	}
	switch key := c.PublicKey.(type) {
	case *rsa.PublicKey:
		a.KeyType, a.KeySize = "RSA", key.N.BitLen()
	case *ecdsa.PublicKey:
		a.KeyType, a.KeySize = "ECDSA", key.Curve.Params().BitSize
	case ed25519.PublicKey:
		a.KeyType, a.KeySize = "Ed25519", 256
	}
	return a
}

// Package scenario runs named scenarios and prints `ok NAME` or `not ok NAME: why` for each.
package scenario

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"time"
)

const wait = 20 * time.Second

// Broker is the HOST:PORT under test.
var Broker string

// Login is who to be, where the broker wants SASL_SSL.
type Login struct {
	TLS            *tls.Config
	User, Password string
}

// Secure is nil for a broker that lets everybody in.
func Secure() *Login {
	file := os.Getenv("INTEROP_CA")
	if file == "" {
		return nil
	}
	pem, err := os.ReadFile(file)
	Must(err)
	authorities := x509.NewCertPool()
	authorities.AppendCertsFromPEM(pem)
	return &Login{&tls.Config{RootCAs: authorities}, os.Getenv("INTEROP_USER"), os.Getenv("INTEROP_PASSWORD")}
}

type scenario struct {
	name string
	run  func(ctx context.Context)
}

var scenarios []scenario

// Add registers a scenario; it fails by panicking through Check, Must or Equal.
func Add(name string, run func(ctx context.Context)) {
	scenarios = append(scenarios, scenario{name, run})
}

// Main runs what was added: PROGRAM BOOTSTRAP [FILTER].
func Main() {
	Broker = os.Args[1]
	filter := ""
	if len(os.Args) > 2 {
		filter = os.Args[2]
	}
	failed := 0
	for _, s := range scenarios {
		if !strings.Contains(s.name, filter) {
			continue
		}
		start := time.Now()
		if why := outcome(s); why != "" {
			failed++
			fmt.Printf("not ok %s: %s\n", s.name, strings.Join(strings.Fields(why), " "))
		} else {
			fmt.Printf("ok %s\n", s.name)
		}
		fmt.Fprintf(os.Stderr, "# %s %d ms\n", s.name, time.Since(start).Milliseconds())
	}
	if failed > 0 {
		os.Exit(1)
	}
}

func outcome(s scenario) (why string) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*wait)
	defer cancel()
	defer func() {
		if failure := recover(); failure != nil {
			why = fmt.Sprint(failure)
		}
	}()
	s.run(ctx)
	return ""
}

// Fresh makes a name that no earlier run used.
func Fresh(prefix string) string {
	suffix := make([]byte, 4)
	_, err := rand.Read(suffix)
	Must(err)
	return prefix + "-" + hex.EncodeToString(suffix)
}

// Must fails the scenario when there is an error.
func Must(err error) {
	if err != nil {
		panic(err)
	}
}

// Check fails the scenario when the condition is false.
func Check(condition bool, format string, arguments ...any) {
	if !condition {
		panic(fmt.Sprintf(format, arguments...))
	}
}

// Equal fails the scenario when the two differ.
func Equal[T comparable](expected, got T, what string) {
	Check(expected == got, "%s: expected %v, got %v", what, expected, got)
}

// Eventually waits for the condition, at most 20 seconds.
func Eventually(condition func() bool, what string) {
	deadline := time.Now().Add(wait)
	for !condition() {
		Check(time.Now().Before(deadline), "not within %v: %s", wait, what)
		time.Sleep(30 * time.Millisecond)
	}
}

// franz BOOTSTRAP [FILTER]: github.com/twmb/franz-go against a broker.
package main

import (
	"context"
	"sync"

	"kreel-interop/scenario"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

func main() {
	registerRecords()
	registerAdmin()
	registerGroups()
	scenario.Main()
}

func client(options ...kgo.Opt) *kgo.Client {
	options = append([]kgo.Opt{kgo.SeedBrokers(scenario.Broker)}, options...)
	if login := scenario.Secure(); login != nil {
		user := scram.Auth{User: login.User, Pass: login.Password}
		options = append(options, kgo.DialTLSConfig(login.TLS), kgo.SASL(user.AsSha512Mechanism()))
	}
	cl, err := kgo.NewClient(options...)
	scenario.Must(err)
	return cl
}

var (
	adminOnce sync.Once
	adminOf   *kadm.Client
)

func admin() *kadm.Client {
	adminOnce.Do(func() { adminOf = kadm.NewClient(client()) })
	return adminOf
}

func topic(ctx context.Context, prefix string, partitions int32, configs map[string]*string) string {
	name := scenario.Fresh(prefix)
	_, err := admin().CreateTopic(ctx, partitions, 1, configs, name)
	scenario.Must(err)
	return name
}

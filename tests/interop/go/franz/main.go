// franz BOOTSTRAP [FILTER]: github.com/twmb/franz-go against a broker.
package main

import (
	"context"
	"sync"

	"kreel-interop/scenario"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

func main() {
	registerRecords()
	registerAdmin()
	registerGroups()
	scenario.Main()
}

func client(options ...kgo.Opt) *kgo.Client {
	cl, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(scenario.Broker)}, options...)...)
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

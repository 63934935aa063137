package main

import (
	"context"
	"sync"

	"kreel-interop/scenario"

	"github.com/IBM/sarama"
)

func registerGroups() {
	strategies := map[string]func() sarama.BalanceStrategy{
		"range": sarama.NewBalanceStrategyRange, "roundrobin": sarama.NewBalanceStrategyRoundRobin,
		"sticky": sarama.NewBalanceStrategySticky,
	}
	for _, name := range []string{"range", "roundrobin", "sticky"} {
		scenario.Add("group-"+name, func(ctx context.Context) { comeAndGo(ctx, strategies[name]) })
	}
}

// member is a consumer group's handler that knows what it owns and what it has read.
type member struct {
	lock   sync.Mutex
	owned  int
	values map[string]bool
	group  sarama.ConsumerGroup
	stop   context.CancelFunc
	done   chan struct{}
}

func (m *member) Setup(session sarama.ConsumerGroupSession) error {
	m.own(session.Claims())
	return nil
}

func (m *member) Cleanup(sarama.ConsumerGroupSession) error {
	m.own(nil)
	return nil
}

func (m *member) own(claims map[string][]int32) {
	m.lock.Lock()
	defer m.lock.Unlock()
	m.owned = 0
	for _, partitions := range claims {
		m.owned += len(partitions)
	}
}

func (m *member) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for message := range claim.Messages() {
		m.lock.Lock()
		m.values[string(message.Value)] = true
		m.lock.Unlock()
		session.MarkMessage(message, "")
	}
	return nil
}

func (m *member) state() (owned, seen int) {
	m.lock.Lock()
	defer m.lock.Unlock()
	return m.owned, len(m.values)
}

func join(ctx context.Context, name, id string, strategy sarama.BalanceStrategy) *member {
	config := config(sarama.DefaultVersion)
	config.Consumer.Group.Rebalance.GroupStrategies = []sarama.BalanceStrategy{strategy}
	group, err := sarama.NewConsumerGroup([]string{scenario.Broker}, id, config)
	scenario.Must(err)
	m := &member{values: map[string]bool{}, group: group, done: make(chan struct{})}
	ctx, m.stop = context.WithCancel(ctx)
	go func() {
		defer close(m.done)
		for ctx.Err() == nil {
			if err := group.Consume(ctx, []string{name}, m); err != nil {
				return
			}
		}
	}()
	return m
}

func (m *member) leave() {
	m.stop()
	<-m.done
	scenario.Must(m.group.Close())
}

func comeAndGo(ctx context.Context, strategy func() sarama.BalanceStrategy) {
	name, id := topic("share", 6), scenario.Fresh("share")
	owns := func(m *member, count int) bool { owned, _ := m.state(); return owned == count }
	first := join(ctx, name, id, strategy())
	defer first.leave()
	scenario.Eventually(func() bool { return owns(first, 6) }, "the only member has all")
	second := join(ctx, name, id, strategy())
	scenario.Eventually(func() bool { return owns(first, 3) && owns(second, 3) }, "three each")
	send(config(sarama.DefaultVersion), messages(name, 60, 6))
	scenario.Eventually(func() bool {
		_, one := first.state()
		_, two := second.state()
		return one+two >= 60
	}, "all read")
	second.leave()
	scenario.Eventually(func() bool { return owns(first, 6) }, "the one left has all again")
}

package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"kreel-interop/scenario"

	"github.com/twmb/franz-go/pkg/kgo"
)

func registerGroups() {
	balancers := map[string]kgo.GroupBalancer{
		"range": kgo.RangeBalancer(), "roundrobin": kgo.RoundRobinBalancer(), "sticky": kgo.StickyBalancer(),
		"cooperative-sticky": kgo.CooperativeStickyBalancer(),
	}
	for _, name := range []string{"range", "roundrobin", "sticky", "cooperative-sticky"} {
		scenario.Add("group-"+name, func(ctx context.Context) { joinAndLeave(ctx, kgo.Balancers(balancers[name])) })
	}
	scenario.Add("group-commits-resume", commitsResume)
	scenario.Add("group-static-member-returns", staticReturns)
}

// member polls on its own goroutine and knows what it owns.
type member struct {
	client *kgo.Client
	stop   context.CancelFunc
	done   chan struct{}
	lock   sync.Mutex
	owned  map[int32]bool
	values map[string]int
	joins  int
}

func join(ctx context.Context, group, name string, options ...kgo.Opt) *member {
	m := &member{owned: map[int32]bool{}, values: map[string]int{}, done: make(chan struct{})}
	change := func(has bool) func(context.Context, *kgo.Client, map[string][]int32) {
		return func(_ context.Context, _ *kgo.Client, partitions map[string][]int32) {
			m.lock.Lock()
			defer m.lock.Unlock()
			for _, partition := range partitions[name] {
				m.owned[partition] = has
			}
			if has {
				m.joins++
			}
		}
	}
	m.client = client(append(options, kgo.ConsumerGroup(group), kgo.ConsumeTopics(name),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.HeartbeatInterval(200*time.Millisecond),
		kgo.SessionTimeout(10*time.Second), kgo.OnPartitionsAssigned(change(true)),
		kgo.OnPartitionsRevoked(change(false)), kgo.OnPartitionsLost(change(false)))...)
	poll, stop := context.WithCancel(ctx)
	m.stop = stop
	go func() {
		defer close(m.done)
		for poll.Err() == nil {
			fetches := m.client.PollFetches(poll)
			m.lock.Lock()
			fetches.EachRecord(func(record *kgo.Record) { m.values[string(record.Value)]++ })
			m.lock.Unlock()
		}
	}()
	return m
}

func (m *member) count() int {
	m.lock.Lock()
	defer m.lock.Unlock()
	count := 0
	for _, has := range m.owned {
		if has {
			count++
		}
	}
	return count
}

func (m *member) seen() int {
	m.lock.Lock()
	defer m.lock.Unlock()
	return len(m.values)
}

func (m *member) leave() {
	m.stop()
	<-m.done
	m.client.Close()
}

func joinAndLeave(ctx context.Context, balancer kgo.GroupOpt) {
	name, group := topic(ctx, "assign", 6, nil), scenario.Fresh("assign")
	first := join(ctx, group, name, balancer)
	defer first.leave()
	scenario.Eventually(func() bool { return first.count() == 6 }, "the only member has all")
	second := join(ctx, group, name, balancer)
	scenario.Eventually(func() bool { return first.count() == 3 && second.count() == 3 }, "three each")
	produce(ctx, name, 60, 6)
	scenario.Eventually(func() bool { return first.seen()+second.seen() >= 60 }, "all read")
	second.leave()
	scenario.Eventually(func() bool { return first.count() == 6 }, "the one left has all again")
}

func produce(ctx context.Context, name string, count, partitions int) {
	producer := client(kgo.RecordPartitioner(kgo.ManualPartitioner()))
	defer producer.Close()
	var all []*kgo.Record
	for i := range count {
		all = append(all, &kgo.Record{Topic: name, Partition: int32(i % partitions), Value: fmt.Appendf(nil, "value-%d", i)})
	}
	scenario.Must(producer.ProduceSync(ctx, all...).FirstErr())
}

func commitsResume(ctx context.Context) {
	name, group := topic(ctx, "resume", 1, nil), scenario.Fresh("resume")
	produce(ctx, name, 10, 1)
	first := join(ctx, group, name)
	scenario.Eventually(func() bool { return first.seen() == 10 }, "ten values")
	scenario.Must(first.client.CommitUncommittedOffsets(ctx))
	first.leave()
	produce(ctx, name, 15, 1)
	second := join(ctx, group, name)
	defer second.leave()
	scenario.Eventually(func() bool { return second.seen() == 15 }, "fifteen values")
	scenario.Equal(1, second.values["value-0"], "read once")
}

func staticReturns(ctx context.Context) {
	name, group := topic(ctx, "static", 2, nil), scenario.Fresh("static")
	balancer := kgo.Balancers(kgo.RangeBalancer())
	stays := join(ctx, group, name, balancer, kgo.InstanceID("stays"))
	away := join(ctx, group, name, balancer, kgo.InstanceID("away"))
	scenario.Eventually(func() bool { return stays.count() == 1 && away.count() == 1 }, "one each")
	before := stays.joins
	away.leave()
	back := join(ctx, group, name, balancer, kgo.InstanceID("away"))
	scenario.Eventually(func() bool { return back.count() == 1 }, "its partition again")
	time.Sleep(600 * time.Millisecond)
	scenario.Equal(before, stays.joins, "assignments seen by the other member")
	back.leave()
	stays.leave()
}

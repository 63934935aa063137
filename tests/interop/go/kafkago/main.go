// kafkago BOOTSTRAP [FILTER]: github.com/segmentio/kafka-go against a broker.
package main

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"time"

	"kreel-interop/scenario"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/sasl/plain"
)

func main() {
	codecs := map[string]kafka.Compression{
		"none": 0, "gzip": kafka.Gzip, "snappy": kafka.Snappy, "lz4": kafka.Lz4, "zstd": kafka.Zstd,
	}
	for _, name := range []string{"none", "gzip", "snappy", "lz4", "zstd"} {
		scenario.Add("records-"+name, func(ctx context.Context) { roundTrip(ctx, name, codecs[name]) })
	}
	scenario.Add("records-acks", acks)
	scenario.Add("records-through-a-bare-connection", bareConnection)
	scenario.Add("group-commit-and-resume", commitAndResume)
	scenario.Add("group-members-come-and-go", comeAndGo)
	scenario.Add("admin-topics", adminTopics)
	scenario.Add("admin-offsets-and-groups", adminOffsetsAndGroups)
	scenario.Main()
}

func client() *kafka.Client {
	return &kafka.Client{Addr: kafka.TCP(scenario.Broker), Timeout: 10 * time.Second, Transport: transport()}
}

// Its SCRAM is a module of its own.
func mechanism(login *scenario.Login) plain.Mechanism {
	return plain.Mechanism{Username: login.User, Password: login.Password}
}

func transport() kafka.RoundTripper {
	login := scenario.Secure()
	if login == nil {
		return nil
	}
	return &kafka.Transport{TLS: login.TLS, SASL: mechanism(login)}
}

func dialer() *kafka.Dialer {
	login := scenario.Secure()
	if login == nil {
		return kafka.DefaultDialer
	}
	return &kafka.Dialer{Timeout: 10 * time.Second, TLS: login.TLS, SASLMechanism: mechanism(login)}
}

func topic(ctx context.Context, prefix string, partitions int) string {
	name := scenario.Fresh(prefix)
	made, err := client().CreateTopics(ctx, &kafka.CreateTopicsRequest{
		Topics: []kafka.TopicConfig{{Topic: name, NumPartitions: partitions, ReplicationFactor: 1}}})
	scenario.Must(err)
	scenario.Must(made.Errors[name])
	scenario.Eventually(func() bool { return partitionCount(ctx, name) == partitions }, "topic in metadata")
	return name
}

func partitionCount(ctx context.Context, name string) int {
	metadata, err := client().Metadata(ctx, &kafka.MetadataRequest{Topics: []string{name}})
	scenario.Must(err)
	if metadata.Topics[0].Error != nil {
		return 0
	}
	return len(metadata.Topics[0].Partitions)
}

func write(ctx context.Context, name string, messages []kafka.Message, change func(*kafka.Writer)) {
	writer := &kafka.Writer{Addr: kafka.TCP(scenario.Broker), Topic: name, BatchTimeout: 10 * time.Millisecond,
		RequiredAcks: kafka.RequireAll, Balancer: &kafka.RoundRobin{}, Transport: transport()}
	if change != nil {
		change(writer)
	}
	scenario.Must(writer.WriteMessages(ctx, messages...))
	scenario.Must(writer.Close())
}

func messages(count int) []kafka.Message {
	var all []kafka.Message
	for i := range count {
		message := kafka.Message{Time: time.UnixMilli(1700000000000 + int64(i)), Value: bytes.Repeat([]byte{byte(i)}, i)}
		if i%3 != 0 {
			message.Key = fmt.Appendf(nil, "key-%d", i)
		}
		if i%2 == 0 {
			message.Headers = []kafka.Header{{Key: "h", Value: []byte("1")}, {Key: "h", Value: []byte("2")}}
		}
		all = append(all, message)
	}
	return all
}

func reader(name string, change func(*kafka.ReaderConfig)) *kafka.Reader {
	config := kafka.ReaderConfig{Brokers: []string{scenario.Broker}, Dialer: dialer(), Topic: name, MaxWait: 100 * time.Millisecond,
		MinBytes: 1, MaxBytes: 1 << 20, StartOffset: kafka.FirstOffset, HeartbeatInterval: 200 * time.Millisecond,
		SessionTimeout: 10 * time.Second, RebalanceTimeout: 10 * time.Second}
	if change != nil {
		change(&config)
	}
	return kafka.NewReader(config)
}

func roundTrip(ctx context.Context, codec string, compression kafka.Compression) {
	name, sent := topic(ctx, "records-"+codec, 1), messages(200)
	write(ctx, name, sent, func(writer *kafka.Writer) { writer.Compression = compression })
	from := reader(name, nil)
	defer from.Close()
	for i := range sent {
		got, err := from.ReadMessage(ctx)
		scenario.Must(err)
		scenario.Equal(int64(i), got.Offset, "offset")
		scenario.Check(bytes.Equal(sent[i].Key, got.Key), "key of %d", i)
		scenario.Check(bytes.Equal(sent[i].Value, got.Value), "value of %d", i)
		scenario.Equal(sent[i].Time.UnixMilli(), got.Time.UnixMilli(), "timestamp")
		scenario.Equal(len(sent[i].Headers), len(got.Headers), "headers")
	}
}

func acks(ctx context.Context) {
	name := topic(ctx, "acks", 1)
	for _, acks := range []kafka.RequiredAcks{kafka.RequireNone, kafka.RequireOne, kafka.RequireAll} {
		write(ctx, name, messages(10), func(writer *kafka.Writer) { writer.RequiredAcks = acks })
	}
	scenario.Eventually(func() bool { return endOffset(ctx, name) == 30 }, "thirty messages")
}

func endOffset(ctx context.Context, name string) int64 {
	listed, err := client().ListOffsets(ctx, &kafka.ListOffsetsRequest{
		Topics: map[string][]kafka.OffsetRequest{name: {kafka.LastOffsetOf(0)}}})
	scenario.Must(err)
	scenario.Must(listed.Topics[name][0].Error)
	return listed.Topics[name][0].LastOffset
}

// The older half of this client: fixed low versions on one connection.
func bareConnection(ctx context.Context) {
	name := topic(ctx, "bare", 1)
	connection, err := dialer().DialLeader(ctx, "tcp", scenario.Broker, name, 0)
	scenario.Must(err)
	defer connection.Close()
	scenario.Must(connection.SetDeadline(time.Now().Add(15 * time.Second)))
	_, err = connection.WriteMessages(messages(20)...)
	scenario.Must(err)
	first, last, err := connection.ReadOffsets()
	scenario.Must(err)
	scenario.Check(first == 0 && last == 20, "offsets %d..%d", first, last)
	_, err = connection.Seek(5, kafka.SeekAbsolute)
	scenario.Must(err)
	batch := connection.ReadBatch(1, 1<<20)
	got, err := batch.ReadMessage()
	scenario.Must(err)
	scenario.Equal(int64(5), got.Offset, "offset after a seek")
	scenario.Must(batch.Close())
}

func commitAndResume(ctx context.Context) {
	name, group := topic(ctx, "resume", 1), scenario.Fresh("resume")
	write(ctx, name, messages(10), nil)
	first := reader(name, func(config *kafka.ReaderConfig) { config.GroupID = group })
	for range 6 {
		message, err := first.FetchMessage(ctx)
		scenario.Must(err)
		scenario.Must(first.CommitMessages(ctx, message))
	}
	scenario.Must(first.Close())
	second := reader(name, func(config *kafka.ReaderConfig) { config.GroupID = group })
	defer second.Close()
	message, err := second.FetchMessage(ctx)
	scenario.Must(err)
	scenario.Equal(int64(6), message.Offset, "first offset after the commit")
}

// member reads until it is told to stop and counts what it has read.
type member struct {
	lock       sync.Mutex
	partitions map[int]int
	reader     *kafka.Reader
	stop       context.CancelFunc
	done       chan struct{}
}

func join(ctx context.Context, name, group string) *member {
	m := &member{partitions: map[int]int{}, done: make(chan struct{})}
	m.reader = reader(name, func(config *kafka.ReaderConfig) { config.GroupID = group })
	ctx, m.stop = context.WithCancel(ctx)
	go func() {
		defer close(m.done)
		for {
			message, err := m.reader.ReadMessage(ctx)
			if err != nil {
				return
			}
			m.lock.Lock()
			m.partitions[message.Partition]++
			m.lock.Unlock()
		}
	}()
	return m
}

func (m *member) seen() int {
	m.lock.Lock()
	defer m.lock.Unlock()
	total := 0
	for _, count := range m.partitions {
		total += count
	}
	return total
}

func (m *member) leave() {
	m.stop()
	<-m.done
	scenario.Must(m.reader.Close())
}

func members(ctx context.Context, group string) []int {
	described, err := client().DescribeGroups(ctx, &kafka.DescribeGroupsRequest{GroupIDs: []string{group}})
	scenario.Must(err)
	var owned []int
	for _, member := range described.Groups[0].Members {
		count := 0
		for _, assigned := range member.MemberAssignments.Topics {
			count += len(assigned.Partitions)
		}
		owned = append(owned, count)
	}
	return owned
}

func comeAndGo(ctx context.Context) {
	name, group := topic(ctx, "share", 4), scenario.Fresh("share")
	first := join(ctx, name, group)
	defer first.leave()
	scenario.Eventually(func() bool { return fmt.Sprint(members(ctx, group)) == "[4]" }, "the only member has all")
	second := join(ctx, name, group)
	scenario.Eventually(func() bool { return fmt.Sprint(members(ctx, group)) == "[2 2]" }, "two each")
	write(ctx, name, messages(40), func(writer *kafka.Writer) { writer.BatchSize = 1 })
	scenario.Eventually(func() bool { return first.seen()+second.seen() >= 40 }, "all read")
	scenario.Check(first.seen() > 0 && second.seen() > 0, "both read")
	second.leave()
	scenario.Eventually(func() bool { return fmt.Sprint(members(ctx, group)) == "[4]" }, "the one left has all again")
}

func adminTopics(ctx context.Context) {
	name := topic(ctx, "admin", 2)
	grown, err := client().CreatePartitions(ctx, &kafka.CreatePartitionsRequest{
		Topics: []kafka.TopicPartitionsConfig{{Name: name, Count: 3}}})
	scenario.Must(err)
	scenario.Must(grown.Errors[name])
	scenario.Eventually(func() bool { return partitionCount(ctx, name) == 3 }, "three partitions")
	deleted, err := client().DeleteTopics(ctx, &kafka.DeleteTopicsRequest{Topics: []string{name}})
	scenario.Must(err)
	scenario.Must(deleted.Errors[name])
	scenario.Eventually(func() bool { return partitionCount(ctx, name) == 0 }, "deleted")
}

func adminOffsetsAndGroups(ctx context.Context) {
	name, group := topic(ctx, "groups", 1), scenario.Fresh("groups")
	write(ctx, name, messages(10), nil)
	committed, err := client().OffsetCommit(ctx, &kafka.OffsetCommitRequest{GroupID: group, GenerationID: -1,
		Topics: map[string][]kafka.OffsetCommit{name: {{Partition: 0, Offset: 7, Metadata: "seven"}}}})
	scenario.Must(err)
	scenario.Must(committed.Topics[name][0].Error)
	fetched, err := client().OffsetFetch(ctx, &kafka.OffsetFetchRequest{GroupID: group, Topics: map[string][]int{name: {0}}})
	scenario.Must(err)
	scenario.Equal(int64(7), fetched.Topics[name][0].CommittedOffset, "committed")
	listed, err := client().ListGroups(ctx, &kafka.ListGroupsRequest{})
	scenario.Must(err)
	found := false
	for _, each := range listed.Groups {
		found = found || each.GroupID == group
	}
	scenario.Check(found, "listed")
	deleted, err := client().DeleteGroups(ctx, &kafka.DeleteGroupsRequest{GroupIDs: []string{group}})
	scenario.Must(err)
	scenario.Must(deleted.Errors[group])
}

// sarama BOOTSTRAP [FILTER]: github.com/IBM/sarama against a broker, as clients of several Kafka versions.
package main

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"kreel-interop/scenario"

	"github.com/IBM/sarama"
)

func main() {
	codecs := map[string]sarama.CompressionCodec{
		"none": sarama.CompressionNone, "gzip": sarama.CompressionGZIP, "snappy": sarama.CompressionSnappy,
		"lz4": sarama.CompressionLZ4, "zstd": sarama.CompressionZSTD,
	}
	for _, name := range []string{"none", "gzip", "snappy", "lz4", "zstd"} {
		scenario.Add("records-"+name, func(context.Context) {
			config := config(sarama.DefaultVersion)
			config.Producer.Compression = codecs[name]
			roundTrip("records-"+name, config)
		})
	}
	for _, version := range []sarama.KafkaVersion{
		sarama.V0_11_0_0, sarama.V1_0_0_0, sarama.V2_1_0_0, sarama.V3_0_0_0, sarama.V4_0_0_0} {
		scenario.Add("records-as-a-client-of-"+version.String(), func(context.Context) { roundTrip("old", config(version)) })
	}
	scenario.Add("records-idempotent", func(context.Context) {
		config := config(sarama.DefaultVersion)
		config.Producer.Idempotent = true
		config.Net.MaxOpenRequests = 1
		roundTrip("idempotent", config)
	})
	scenario.Add("admin-topics", adminTopics)
	scenario.Add("admin-records-and-groups", adminRecordsAndGroups)
	registerGroups()
	scenario.Main()
}

func config(version sarama.KafkaVersion) *sarama.Config {
	config := sarama.NewConfig()
	config.Version = version
	config.Producer.Return.Successes = true
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Producer.Partitioner = sarama.NewManualPartitioner
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	config.Consumer.MaxWaitTime = 100 * time.Millisecond
	config.Consumer.Group.Heartbeat.Interval = 200 * time.Millisecond
	config.Consumer.Group.Rebalance.Timeout = 10 * time.Second
	// Of SCRAM it has no more than a place for it.
	if login := scenario.Secure(); login != nil {
		config.Net.TLS.Enable, config.Net.TLS.Config = true, login.TLS
		config.Net.SASL.Enable, config.Net.SASL.Mechanism = true, sarama.SASLTypePlaintext
		config.Net.SASL.User, config.Net.SASL.Password = login.User, login.Password
	}
	return config
}

func admin() sarama.ClusterAdmin {
	admin, err := sarama.NewClusterAdmin([]string{scenario.Broker}, config(sarama.DefaultVersion))
	scenario.Must(err)
	return admin
}

func topic(prefix string, partitions int32) string {
	name := scenario.Fresh(prefix)
	admin := admin()
	defer admin.Close()
	scenario.Must(admin.CreateTopic(name, &sarama.TopicDetail{NumPartitions: partitions, ReplicationFactor: 1}, false))
	return name
}

func messages(name string, count int, partitions int32) []*sarama.ProducerMessage {
	var all []*sarama.ProducerMessage
	for i := range count {
		message := &sarama.ProducerMessage{Topic: name, Partition: int32(i) % partitions,
			Timestamp: time.UnixMilli(1700000000000 + int64(i)), Value: sarama.ByteEncoder(fmt.Appendf(nil, "value-%d", i))}
		if i%3 != 0 {
			message.Key = sarama.ByteEncoder(fmt.Appendf(nil, "key-%d", i))
		}
		if i%2 == 0 {
			message.Headers = []sarama.RecordHeader{{Key: []byte("h"), Value: []byte("1")}, {Key: []byte("h"), Value: []byte("2")}}
		}
		all = append(all, message)
	}
	return all
}

func send(config *sarama.Config, all []*sarama.ProducerMessage) {
	producer, err := sarama.NewSyncProducer([]string{scenario.Broker}, config)
	scenario.Must(err)
	defer producer.Close()
	scenario.Must(producer.SendMessages(all))
}

func roundTrip(prefix string, config *sarama.Config) {
	name := topic(prefix, 1)
	sent := messages(name, 200, 1)
	send(config, sent)
	consumer, err := sarama.NewConsumer([]string{scenario.Broker}, config)
	scenario.Must(err)
	defer consumer.Close()
	partition, err := consumer.ConsumePartition(name, 0, sarama.OffsetOldest)
	scenario.Must(err)
	defer partition.Close()
	for i := range sent {
		select {
		case got := <-partition.Messages():
			same(sent[i], got, i)
		case <-time.After(15 * time.Second):
			panic(fmt.Sprintf("no message %d", i))
		}
	}
}

func same(sent *sarama.ProducerMessage, got *sarama.ConsumerMessage, offset int) {
	scenario.Equal(int64(offset), got.Offset, "offset")
	if sent.Key == nil {
		scenario.Check(got.Key == nil, "key of %d", offset)
	} else {
		scenario.Check(bytes.Equal(sent.Key.(sarama.ByteEncoder), got.Key), "key of %d", offset)
	}
	scenario.Check(bytes.Equal(sent.Value.(sarama.ByteEncoder), got.Value), "value of %d", offset)
	scenario.Equal(sent.Timestamp.UnixMilli(), got.Timestamp.UnixMilli(), "timestamp")
	scenario.Equal(len(sent.Headers), len(got.Headers), "headers")
}

func adminTopics(context.Context) {
	admin := admin()
	defer admin.Close()
	name := topic("admin", 2)
	scenario.Must(admin.CreatePartitions(name, 4, nil, false))
	scenario.Eventually(func() bool {
		described, err := admin.DescribeTopics([]string{name})
		scenario.Must(err)
		return len(described[0].Partitions) == 4
	}, "four partitions")
	value := "4242"
	scenario.Must(admin.IncrementalAlterConfig(sarama.TopicResource, name, map[string]sarama.IncrementalAlterConfigsEntry{
		"retention.ms": {Operation: sarama.IncrementalAlterConfigsOperationSet, Value: &value}}, false))
	scenario.Eventually(func() bool {
		entries, err := admin.DescribeConfig(sarama.ConfigResource{Type: sarama.TopicResource, Name: name, ConfigNames: []string{"retention.ms"}})
		scenario.Must(err)
		return len(entries) == 1 && entries[0].Value == value
	}, "altered config")
	brokers, _, err := admin.DescribeCluster()
	scenario.Must(err)
	scenario.Equal(1, len(brokers), "brokers")
	scenario.Must(admin.DeleteTopic(name))
	scenario.Eventually(func() bool {
		topics, err := admin.ListTopics()
		scenario.Must(err)
		_, present := topics[name]
		return !present
	}, "deleted")
}

func adminRecordsAndGroups(context.Context) {
	admin := admin()
	defer admin.Close()
	name, group := topic("trim", 1), scenario.Fresh("trim")
	send(config(sarama.DefaultVersion), messages(name, 10, 1))
	scenario.Must(admin.DeleteRecords(name, map[int32]int64{0: 4}))
	listed, err := admin.ListOffsets(map[string]map[int32]int64{name: {0: sarama.OffsetOldest}}, nil)
	scenario.Must(err)
	scenario.Equal(int64(4), listed[name][0].Offset, "oldest offset")
	_, err = admin.AlterConsumerGroupOffsets(group, map[string]map[int32]sarama.OffsetAndMetadata{
		name: {0: {Offset: 6, LeaderEpoch: -1, Metadata: "six"}}}, nil)
	scenario.Must(err)
	fetched, err := admin.ListConsumerGroupOffsets(group, map[string][]int32{name: {0}})
	scenario.Must(err)
	scenario.Equal(int64(6), fetched.GetBlock(name, 0).Offset, "committed")
	groups, err := admin.ListConsumerGroups()
	scenario.Must(err)
	_, present := groups[group]
	scenario.Check(present, "listed")
	scenario.Must(admin.DeleteConsumerGroup(group))
}

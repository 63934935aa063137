package main

import (
	"context"
	"errors"

	"kreel-interop/scenario"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
)

func registerAdmin() {
	scenario.Add("admin-topics", adminTopics)
	scenario.Add("admin-configs", adminConfigs)
	scenario.Add("admin-offsets", adminOffsets)
	scenario.Add("admin-groups", adminGroups)
	scenario.Add("admin-cluster", adminCluster)
}

func adminTopics(ctx context.Context) {
	name := topic(ctx, "topics", 2, nil)
	_, err := admin().CreateTopic(ctx, 2, 1, nil, name)
	scenario.Check(errors.Is(err, kerr.TopicAlreadyExists), "made twice: %v", err)
	listed, err := admin().ListTopics(ctx, name)
	scenario.Must(err)
	scenario.Equal(2, len(listed[name].Partitions), "partitions")
	scenario.Check(listed[name].ID != kadm.TopicID{}, "a topic id")
	updated, err := admin().UpdatePartitions(ctx, 4, name)
	scenario.Must(err)
	scenario.Must(updated[name].Err)
	scenario.Eventually(func() bool {
		grown, err := admin().ListTopics(ctx, name)
		scenario.Must(err)
		return len(grown[name].Partitions) == 4
	}, "four partitions")
	deleted, err := admin().DeleteTopics(ctx, name)
	scenario.Must(err)
	scenario.Must(deleted[name].Err)
	scenario.Eventually(func() bool {
		gone, err := admin().ListTopics(ctx, name)
		scenario.Must(err)
		return errors.Is(gone[name].Err, kerr.UnknownTopicOrPartition)
	}, "deleted")
}

func adminConfigs(ctx context.Context) {
	value := "4242"
	name := topic(ctx, "configs", 1, map[string]*string{"retention.ms": &value})
	scenario.Equal("4242", config(ctx, name, "retention.ms"), "as created")
	next := "777"
	_, err := admin().AlterTopicConfigs(ctx, []kadm.AlterConfig{{Op: kadm.SetConfig, Name: "max.message.bytes", Value: &next}}, name)
	scenario.Must(err)
	scenario.Eventually(func() bool { return config(ctx, name, "max.message.bytes") == "777" }, "incremental alter")
	scenario.Equal("4242", config(ctx, name, "retention.ms"), "left alone")
	// The older call sets the whole state: what is not named goes back to its default.
	_, err = admin().AlterTopicConfigsState(ctx, []kadm.AlterConfig{{Name: "max.message.bytes", Value: &next}}, name)
	scenario.Must(err)
	scenario.Eventually(func() bool { return config(ctx, name, "retention.ms") == "604800000" }, "AlterConfigs")
}

func config(ctx context.Context, name, key string) string {
	all, err := admin().DescribeTopicConfigs(ctx, name)
	scenario.Must(err)
	described, err := all.On(name, nil)
	scenario.Must(err)
	for _, entry := range described.Configs {
		if entry.Key == key {
			return entry.MaybeValue()
		}
	}
	return "absent"
}

func adminOffsets(ctx context.Context) {
	name := topic(ctx, "offsets", 1, nil)
	producer := client()
	defer producer.Close()
	scenario.Must(producer.ProduceSync(ctx, records(name, 20)...).FirstErr())
	offset := func(listed kadm.ListedOffsets, err error) int64 {
		scenario.Must(err)
		found, present := listed.Lookup(name, 0)
		scenario.Check(present, "partition answered")
		scenario.Must(found.Err)
		return found.Offset
	}
	scenario.Equal(int64(7), offset(admin().ListOffsetsAfterMilli(ctx, 1700000000007, name)), "by time")
	scenario.Equal(int64(19), offset(admin().ListMaxTimestampOffsets(ctx, name)), "max timestamp")
	var trim kadm.Offsets
	trim.AddOffset(name, 0, 5, -1)
	trimmed, err := admin().DeleteRecords(ctx, trim)
	scenario.Must(err)
	scenario.Must(trimmed.Error())
	scenario.Equal(int64(5), offset(admin().ListStartOffsets(ctx, name)), "start")
	scenario.Equal(int64(20), offset(admin().ListEndOffsets(ctx, name)), "end")
}

func adminGroups(ctx context.Context) {
	name := topic(ctx, "groups", 1, nil)
	producer := client()
	defer producer.Close()
	scenario.Must(producer.ProduceSync(ctx, records(name, 20)...).FirstErr())
	group := scenario.Fresh("groups")
	var offsets kadm.Offsets
	offsets.Add(kadm.Offset{Topic: name, Partition: 0, At: 15, LeaderEpoch: 0, Metadata: "by hand"})
	committed, err := admin().CommitOffsets(ctx, group, offsets)
	scenario.Must(err)
	scenario.Must(committed.Error())
	fetched, err := admin().FetchOffsets(ctx, group)
	scenario.Must(err)
	found, present := fetched.Lookup(name, 0)
	scenario.Check(present && found.At == 15 && found.Metadata == "by hand" && found.LeaderEpoch == 0, "fetched: %+v", found)
	lags, err := admin().Lag(ctx, group)
	scenario.Must(err)
	scenario.Equal(int64(5), lags[group].Lag.Total(), "lag")
	described, err := admin().DescribeGroups(ctx, group)
	scenario.Must(err)
	scenario.Equal("Empty", described[group].State, "state")
	listed, err := admin().ListGroups(ctx, "Empty")
	scenario.Must(err)
	scenario.Check(listed[group].Group == group, "listed")
	topics := make(kadm.TopicsSet)
	topics.Add(name, 0)
	removed, err := admin().DeleteOffsets(ctx, group, topics)
	scenario.Must(err)
	scenario.Must(removed.Error())
	_, err = admin().CommitOffsets(ctx, group, offsets)
	scenario.Must(err)
	_, err = admin().DeleteGroup(ctx, group)
	scenario.Must(err)
	_, err = admin().DeleteGroup(ctx, group)
	scenario.Check(errors.Is(err, kerr.GroupIDNotFound), "deleted twice: %v", err)
}

func adminCluster(ctx context.Context) {
	metadata, err := admin().BrokerMetadata(ctx)
	scenario.Must(err)
	scenario.Equal(1, len(metadata.Brokers), "brokers")
	scenario.Check(metadata.Cluster != "", "cluster id")
	name := topic(ctx, "dirs", 1, nil)
	producer := client()
	defer producer.Close()
	scenario.Must(producer.ProduceSync(ctx, records(name, 20)...).FirstErr())
	all, err := admin().DescribeAllLogDirs(ctx, nil)
	scenario.Must(err)
	size := int64(0)
	for _, directories := range all {
		for _, directory := range directories {
			scenario.Must(directory.Err)
			size += directory.Topics[name][0].Size
		}
	}
	scenario.Check(size > 20, "log size %d", size)
}

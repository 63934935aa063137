package main

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"kreel-interop/scenario"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kversion"
)

func registerRecords() {
	codecs := map[string]kgo.CompressionCodec{
		"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(),
		"lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression(),
	}
	for _, name := range []string{"none", "gzip", "snappy", "lz4", "zstd"} {
		scenario.Add("records-"+name, func(ctx context.Context) {
			roundTrip(ctx, "records-"+name, kgo.ProducerBatchCompression(codecs[name]))
		})
	}
	versions := []struct {
		name string
		max  *kversion.Versions
	}{
		{"0.11", kversion.V0_11_0()}, {"1.0", kversion.V1_0_0()}, {"2.1", kversion.V2_1_0()},
		{"2.8", kversion.V2_8_0()}, {"3.5", kversion.V3_5_0()}, {"4.0", kversion.V4_0_0()},
	}
	for _, version := range versions {
		scenario.Add("records-as-a-client-of-"+version.name, func(ctx context.Context) {
			options := []kgo.Opt{kgo.MaxVersions(version.max), kgo.ProducerBatchCompression(kgo.GzipCompression())}
			if version.name == "0.11" {
				options = append(options, kgo.DisableFetchSessions())
			}
			roundTrip(ctx, "old", options...)
		})
	}
	scenario.Add("records-acks", acks)
}

func records(topic string, count int) []*kgo.Record {
	var all []*kgo.Record
	for i := range count {
		record := &kgo.Record{Topic: topic, Timestamp: time.UnixMilli(1700000000000 + int64(i))}
		if i%3 != 0 {
			record.Key = fmt.Appendf(nil, "key-%d", i)
		}
		if i%5 != 0 {
			record.Value = bytes.Repeat([]byte{byte(i)}, i)
		}
		if i%2 == 0 {
			record.Headers = []kgo.RecordHeader{{Key: "h", Value: []byte("1")}, {Key: "h", Value: []byte("2")}, {Key: "null"}}
		}
		all = append(all, record)
	}
	return all
}

func roundTrip(ctx context.Context, prefix string, options ...kgo.Opt) {
	name := topic(ctx, prefix, 1, nil)
	sent := records(name, 300)
	producer := client(append(options, kgo.ProducerLinger(20*time.Millisecond))...)
	defer producer.Close()
	scenario.Must(producer.ProduceSync(ctx, sent...).FirstErr())
	got := read(ctx, name, len(sent), options...)
	for i := range sent {
		same(sent[i], got[i], i)
	}
}

func read(ctx context.Context, name string, count int, options ...kgo.Opt) []*kgo.Record {
	consumer := client(append(options, kgo.ConsumeTopics(name), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))...)
	defer consumer.Close()
	var got []*kgo.Record
	for len(got) < count {
		fetches := consumer.PollFetches(ctx)
		scenario.Must(fetches.Err())
		got = append(got, fetches.Records()...)
	}
	return got
}

func same(sent, got *kgo.Record, offset int) {
	scenario.Equal(int64(offset), got.Offset, "offset")
	scenario.Check(bytes.Equal(sent.Key, got.Key) && (sent.Key == nil) == (got.Key == nil), "key of %d", offset)
	scenario.Check(bytes.Equal(sent.Value, got.Value) && (sent.Value == nil) == (got.Value == nil), "value of %d", offset)
	scenario.Equal(sent.Timestamp.UnixMilli(), got.Timestamp.UnixMilli(), "timestamp")
	scenario.Equal(len(sent.Headers), len(got.Headers), "headers")
	for i := range sent.Headers {
		scenario.Equal(sent.Headers[i].Key, got.Headers[i].Key, "header name")
		scenario.Check(bytes.Equal(sent.Headers[i].Value, got.Headers[i].Value), "header value")
	}
}

func acks(ctx context.Context) {
	name := topic(ctx, "acks", 1, nil)
	for _, acks := range []kgo.Acks{kgo.NoAck(), kgo.LeaderAck(), kgo.AllISRAcks()} {
		producer := client(kgo.RequiredAcks(acks), kgo.DisableIdempotentWrite())
		scenario.Must(producer.ProduceSync(ctx, records(name, 10)...).FirstErr())
		producer.Close()
	}
	read(ctx, name, 30)
}

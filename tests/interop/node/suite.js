'use strict'
// node suite.js BOOTSTRAP [FILTER]: `ok NAME` or `not ok NAME: why` per scenario, exit 1 if one failed.

const assert = require('node:assert/strict')
const { randomUUID } = require('node:crypto')
const { readFileSync } = require('node:fs')
const { Kafka, logLevel, CompressionTypes, CompressionCodecs, PartitionAssigners } = require('kafkajs')
const SnappyCodec = require('kafkajs-snappy')

CompressionCodecs[CompressionTypes.Snappy] = SnappyCodec

const [bootstrap, filter = ''] = process.argv.slice(2)
const { INTEROP_CA: authority, INTEROP_USER: username, INTEROP_PASSWORD: password } = process.env
const secure = authority && {
  ssl: { ca: [readFileSync(authority, 'utf8')] },
  sasl: { mechanism: 'scram-sha-512', username, password },
}
const kafka = new Kafka({
  ...secure,
  clientId: 'kreel-interop',
  brokers: [bootstrap],
  logLevel: logLevel.NOTHING,
  requestTimeout: 10000,
  retry: { retries: 8, initialRetryTime: 50 },
})
const admin = kafka.admin()
const WAIT_MS = 20000

const fresh = (prefix) => `${prefix}-${randomUUID().slice(0, 8)}`
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

async function eventually(condition, what) {
  const deadline = Date.now() + WAIT_MS
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not within ${WAIT_MS} ms: ${what}`)
    await sleep(30)
  }
}

async function makeTopic(prefix, numPartitions, configEntries = []) {
  const topic = fresh(prefix)
  assert.equal(await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions, configEntries }] }), true)
  return topic
}

async function send(topic, messages, options = {}, producerOptions = {}) {
  const producer = kafka.producer(producerOptions)
  await producer.connect()
  try {
    return await producer.send({ topic, messages, ...options })
  } finally {
    await producer.disconnect()
  }
}

function message(i) {
  return {
    key: i % 3 === 0 ? null : Buffer.from(`key-${i}`),
    value: i % 5 === 0 ? null : Buffer.from(`value-${i}-${'x'.repeat(i)}`),
    headers: i % 2 === 0 ? { one: Buffer.from('1'), empty: Buffer.alloc(0) } : {},
    timestamp: String(1700000000000 + i),
    partition: 0,
  }
}

/** A running consumer with what it has seen; stop() leaves the group. */
async function member(groupId, topic, options = {}) {
  const consumer = kafka.consumer({ groupId, heartbeatInterval: 200, sessionTimeout: 10000,
    rebalanceTimeout: 10000, maxWaitTimeInMs: 200, ...options })
  const state = { got: [], assigned: [], joins: 0, stop: () => consumer.disconnect(), consumer }
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    state.assigned = payload.memberAssignment[topic] || []
    state.joins++
  })
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  await consumer.run({ eachMessage: async ({ partition, message }) => { state.got.push({ partition, ...message }) } })
  return state
}

const scenarios = {}

for (const [name, compression] of [['none', CompressionTypes.None], ['gzip', CompressionTypes.GZIP], ['snappy', CompressionTypes.Snappy]]) {
  scenarios[`records-${name}`] = async () => {
    const topic = await makeTopic(`records-${name}`, 1)
    const sent = Array.from({ length: 100 }, (_, i) => message(i))
    const [answer] = await send(topic, sent, { compression, acks: -1 })
    assert.equal(answer.baseOffset, '0')
    const reader = await member(fresh('read'), topic)
    try {
      await eventually(() => reader.got.length >= 100, '100 messages')
    } finally {
      await reader.stop()
    }
    reader.got.forEach((got, i) => {
      assert.equal(got.offset, String(i))
      assert.deepEqual(got.key, sent[i].key)
      assert.deepEqual(got.value, sent[i].value)
      assert.equal(got.timestamp, sent[i].timestamp)
      assert.deepEqual({ ...got.headers }, sent[i].headers)
    })
  }
}

scenarios['records-idempotent'] = async () => {
  const topic = await makeTopic('idempotent', 1)
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()
  for (let i = 0; i < 10; i++) {
    const [answer] = await producer.send({ topic, messages: [message(i)] })
    assert.equal(answer.baseOffset, String(i))
  }
  await producer.disconnect()
}

scenarios['records-acks'] = async () => {
  const topic = await makeTopic('acks', 1)
  for (const acks of [0, 1, -1]) await send(topic, [message(1)], { acks })
  await eventually(async () => (await admin.fetchTopicOffsets(topic))[0].high === '3', 'three records')
}

scenarios['admin-topics'] = async () => {
  const topic = await makeTopic('admin', 3, [{ name: 'retention.ms', value: '12345' }])
  assert.equal(await admin.createTopics({ topics: [{ topic }] }), false)
  assert.ok((await admin.listTopics()).includes(topic))
  await admin.createPartitions({ topicPartitions: [{ topic, count: 5 }] })
  await eventually(async () =>
    (await admin.fetchTopicMetadata({ topics: [topic] })).topics[0].partitions.length === 5, 'five partitions')
  const query = { includeSynonyms: false, resources: [{ type: 2, name: topic, configNames: ['retention.ms'] }] }
  const described = await admin.describeConfigs(query)
  assert.equal(described.resources[0].configEntries[0].configValue, '12345')
  await admin.alterConfigs({ validateOnly: false, resources: [{ type: 2, name: topic, configEntries: [{ name: 'retention.ms', value: '777' }] }] })
  await eventually(async () =>
    (await admin.describeConfigs(query)).resources[0].configEntries[0].configValue === '777', 'altered config')
  await admin.deleteTopics({ topics: [topic] })
  await eventually(async () => !(await admin.listTopics()).includes(topic), 'deleted')
}

scenarios['admin-cluster'] = async () => {
  const cluster = await admin.describeCluster()
  assert.equal(cluster.brokers.length, 1)
  assert.equal(`${cluster.brokers[0].host}:${cluster.brokers[0].port}`, bootstrap)
  assert.equal(cluster.controller, cluster.brokers[0].nodeId)
  assert.ok(cluster.clusterId)
}

scenarios['admin-offsets-and-records'] = async () => {
  const topic = await makeTopic('trim', 1)
  await send(topic, Array.from({ length: 10 }, (_, i) => message(i)))
  assert.equal((await admin.fetchTopicOffsetsByTimestamp(topic, 1700000000004))[0].offset, '4')
  await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '4' }] })
  const [{ low, high }] = await admin.fetchTopicOffsets(topic)
  assert.deepEqual([low, high], ['4', '10'])
}

scenarios['admin-groups'] = async () => {
  const topic = await makeTopic('groups', 1)
  await send(topic, Array.from({ length: 10 }, (_, i) => message(i)))
  const groupId = fresh('groups')
  const first = await member(groupId, topic)
  await eventually(() => first.got.length === 10, 'ten messages')
  await eventually(async () => (await admin.describeGroups([groupId])).groups[0].state === 'Stable', 'Stable')
  await assert.rejects(admin.setOffsets({ groupId, topic, partitions: [{ partition: 0, offset: '2' }] }), /not be idle|running/i)
  await first.stop()
  assert.ok((await admin.listGroups()).groups.some((group) => group.groupId === groupId))
  assert.equal((await admin.fetchOffsets({ groupId, topics: [topic] }))[0].partitions[0].offset, '10')
  await admin.setOffsets({ groupId, topic, partitions: [{ partition: 0, offset: '7' }] })
  const second = await member(groupId, topic)
  await eventually(() => second.got.length === 3, 'three messages again')
  await second.stop()
  assert.deepEqual(second.got.map((got) => got.offset), ['7', '8', '9'])
  const [deleted] = await admin.deleteGroups([groupId])
  assert.equal(deleted.errorCode, 0)
}

scenarios['group-members-come-and-go'] = async () => {
  const topic = await makeTopic('share', 4)
  const groupId = fresh('share')
  const options = { partitionAssigners: [PartitionAssigners.roundRobin] }
  const first = await member(groupId, topic, options)
  await eventually(() => first.assigned.length === 4, 'the only member has all')
  const second = await member(groupId, topic, options)
  await eventually(() => first.assigned.length === 2 && second.assigned.length === 2, 'two each')
  await send(topic, Array.from({ length: 40 }, (_, i) => ({ ...message(i), partition: i % 4 })))
  await eventually(() => first.got.length + second.got.length >= 40, 'all read')
  await second.stop()
  await eventually(() => first.assigned.length === 4, 'the one left has all again')
  await first.stop()
}

scenarios['group-seek'] = async () => {
  const topic = await makeTopic('seek', 1)
  await send(topic, Array.from({ length: 10 }, (_, i) => message(i)))
  const reader = await member(fresh('seek'), topic)
  await eventually(() => reader.got.length === 10, 'ten messages')
  reader.consumer.seek({ topic, partition: 0, offset: '8' })
  await eventually(() => reader.got.length === 12, 'two messages again')
  await reader.stop()
  assert.equal(reader.got[10].offset, '8')
}

async function main() {
  let failed = 0
  await admin.connect()
  for (const [name, run] of Object.entries(scenarios)) {
    if (!name.includes(filter)) continue
    try {
      await run()
      console.log(`ok ${name}`)
    } catch (error) {
      failed++
      console.log(`not ok ${name}: ${String(error.message).replace(/\s+/g, ' ')}`)
      console.error(error)
    }
  }
  await admin.disconnect()
  process.exit(failed === 0 ? 0 : 1)
}

main().catch((error) => {
  console.log(`not ok suite: ${error}`)
  process.exit(1)
})

// Drives the simulated terminal with an npm client and says what it saw, as JSON: node_client.js PACKAGE PORT STEP.
const [, , name, port, step] = process.argv;
const Client = require(name);

const steps = {
  async info(client) {
    return await client.getInfo();
  },
  async users(client) {
    const { data } = await client.getUsers();
    return data.map((user) => [user.uid, user.userId, user.name]);
  },
  async attendance(client) {
    const { data } = await client.getAttendances();
    return data.map((log) => [log.deviceUserId ?? log.user_id, new Date(log.recordTime ?? log.record_time).toString()]);
  },
};

(async () => {
  const client = new Client("127.0.0.1", Number(port), 20000, 5200);
  await client.createSocket();
  const said = JSON.stringify({ result: await steps[step](client) });
  await client.disconnect();
  // A pipe takes what is long in several goes, which exit would cut.
  process.stdout.write(`${said}\n`, () => process.exit(0));
})().catch((error) => {
  console.log(JSON.stringify({ error: String(error.message ?? error) }));
  process.exit(1);
});

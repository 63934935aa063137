/** java Suite BOOTSTRAP [FILTER]: `ok NAME` or `not ok NAME: why` per scenario, exit 1 if one failed. */
public final class Suite {
    public static void main(String[] arguments) throws Exception {
        Rig rig = new Rig(arguments[0]);
        AdminScenarios.register(rig);
        RecordScenarios.register(rig);
        OffsetScenarios.register(rig);
        GroupScenarios.register(rig);
        TransactionScenarios.register(rig);
        QuotaScenarios.register(rig);
        try {
            Class.forName("ModernScenarios").getMethod("register", Rig.class).invoke(null, rig);
        } catch (ClassNotFoundException compiledForAnOldClient) {
            System.err.println("# without the scenarios of newer clients");
        }
        int failed = rig.runAll(arguments.length > 1 ? arguments[1] : "");
        System.exit(failed == 0 ? 0 : 1);
    }
}

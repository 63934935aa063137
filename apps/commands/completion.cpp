#include "cli/completion.hpp"
#include "kafka/tool.hpp"

namespace kreel::commands {
namespace {

struct CompletionArgs {
  std::string shell;
};

Result<ExitCode> run(const CompletionArgs& args, CommandContext& context) {
  std::vector<std::string> links;
  for (const std::string& name : kafka_tools::tool_names()) {
    links.push_back(name);
    links.push_back(name + ".sh");
  }
  context.streams().out.write(cli::completion_script(args.shell, links));
  return ExitCode::kDone;
}

}  // namespace

Command completion() {
  return command<CompletionArgs>({
      .name = "completion",
      .summary = "Print the script that completes kreel's commands in a shell",
      .since = "0.1",
      .run = run,
      .options = {argument("SHELL", &CompletionArgs::shell).choices({"bash", "zsh", "fish"})},
      .details =
          "Tab then completes commands, options and their values, profiles, and the topics and "
          "groups of the cluster that -b, -P or the environment names. A cluster that has not "
          "answered within a tenth of a second offers none. A profile whose password comes from a "
          "program (cmd:) is not asked. Debian's package installs the scripts. Apache's tools, "
          "as links or behind kreel, have their options, too, and topics and groups of the servers "
          "that stand behind --bootstrap-server already.\n\n"
          "In ~/.bashrc: source <(kreel completion bash). In ~/.zshrc, behind compinit: source "
          "<(kreel completion zsh). For fish: kreel completion fish "
          ">~/.config/fish/completions/kreel.fish.",
      .examples = {{"kreel completion bash > ~/.local/share/bash-completion/completions/kreel",
                    "For bash, where the package bash-completion is there"},
                   {"kreel completion zsh > ~/.zfunc/_kreel", "For zsh, in a folder of fpath"}},
      .see_also = {"man"},
  });
}

}  // namespace kreel::commands

using System.CommandLine;
using System.Reflection;

namespace Analyzer.Cli.Commands;

/// <summary><c>completion</c>: the script that teaches a shell to complete what is typed.</summary>
internal static class CompletionCommand
{
    private static readonly string[] Shells = ["bash", "zsh", "fish", "pwsh"];

    public static Command Create(Terminal terminal)
    {
        var command = new Command("completion", "Print the script that lets a shell complete commands, options, values and ids: `source <(analyzer completion bash)`");
        var shell = new Argument<string>("SHELL") { Description = $"One of {string.Join(", ", Shells)}", HelpName = "SHELL" };
        shell.AcceptOnlyFromAmong(Shells);
        command.Add(shell);
        command.SetAction((parsed, _) =>
        {
            using var script = Assembly.GetExecutingAssembly().GetManifestResourceStream($"completion/analyzer.{parsed.GetValue(shell)}")!;
            using var reader = new StreamReader(script);
            terminal.OutputWriter.Write(reader.ReadToEnd());
            return Task.FromResult(CommandLine.Done);
        });
        return command;
    }
}

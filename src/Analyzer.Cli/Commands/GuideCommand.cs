using System.CommandLine;
using System.Text.Json;
using Analyzer.Reports;

namespace Analyzer.Cli.Commands;

/// <summary><c>guide</c>: pages for those who have work to do.</summary>
internal static class GuideCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("guide", "Read a guide: auditing a model, the step after training, reading a run, the library; without a name, list them");
        var name = new Argument<string?>("NAME") { Description = "One of the guides", HelpName = "NAME", Arity = ArgumentArity.ZeroOrOne };
        name.CompletionSources.Add(_ => Guide.All.Select(g => new System.CommandLine.Completions.CompletionItem(g.Name)));
        var json = SharedOptions.Json();
        command.Add(name);
        command.Add(json);
        command.SetAction((parsed, _) =>
        {
            if (parsed.GetValue(name) is { } wanted) Print(terminal, Guide.Named(wanted), parsed.GetValue(json));
            else List(terminal, parsed.GetValue(json));
            return Task.FromResult(CommandLine.Done);
        });
        return command;
    }

    private static void List(Terminal terminal, bool json)
    {
        if (json)
        {
            terminal.OutputWriter.WriteLine(JsonSerializer.Serialize(Guide.All.Select(g => new { g.Name, g.For }), Report.Json));
            return;
        }
        var table = new ResultTable(["guide", "for"], "for");
        foreach (var guide in Guide.All) table.Add(guide.Name, guide.For);
        table.Write(terminal);
    }

    private static void Print(Terminal terminal, Guide guide, bool json)
    {
        if (json) terminal.OutputWriter.WriteLine(JsonSerializer.Serialize(new { guide.Name, guide.For, guide.Text }, Report.Json));
        else if (terminal.Attended && guide.IsMarkdown) terminal.OutputWriter.Write(GuideText.Render(guide.Text, terminal.Width, terminal.Color ? TextStyles.Ansi : TextStyles.Plain));
        else terminal.OutputWriter.Write(guide.Text);
    }
}

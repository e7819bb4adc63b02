using System.CommandLine;
using System.Text.Json;
using Analyzer.Reports;

namespace Analyzer.Cli.Commands;

/// <summary><c>inspect</c>: what a model is made of and what can be tapped.</summary>
internal static class InspectCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("inspect", "Show what a model is made of and what can be tapped; nothing is run");
        var model = SharedOptions.Model();
        var taps = new Option<string[]>("--taps") { Description = "Show only what these selectors take; see `extract --help`", Arity = ArgumentArity.OneOrMore, AllowMultipleArgumentsPerToken = true };
        var json = SharedOptions.Json();
        command.Add(model);
        command.Add(taps);
        command.Add(json);
        command.SetAction((parsed, _) =>
        {
            var inspection = Pipeline.Inspect(parsed.GetValue(model)!, parsed.GetValue(taps) ?? []);
            if (parsed.GetValue(json)) terminal.OutputWriter.WriteLine(JsonSerializer.Serialize(inspection, Report.Json));
            else Print(terminal, inspection);
            return Task.FromResult(CommandLine.Done);
        });
        return command;
    }

    private static void Print(Terminal terminal, ModelInspection model)
    {
        var to = terminal.OutputWriter;
        to.WriteLine($"{model.Path}");
        to.WriteLine($"  sha256      {model.Sha256}");
        to.WriteLine($"  made by     {(model.Producer.Length > 0 ? model.Producer : "not said")}, IR version {model.IrVersion}");
        to.WriteLine($"  opsets      {string.Join(", ", model.Opsets.Select(o => $"{(o.Key.Length > 0 ? o.Key : "ai.onnx")} {o.Value}"))}");
        to.WriteLine($"  parameters  {Text.Count(model.Parameters)}");
        foreach (var input in model.Inputs) to.WriteLine($"  input       {input.Name}  {input.Dtype} {input.Shape}");
        foreach (var output in model.Outputs) to.WriteLine($"  output      {output.Name}  {output.Dtype} {output.Shape}");
        var table = new ResultTable(["tensor", "node", "op", "type", "shape", "units", "codes"], "tensor", "node");
        foreach (var t in model.Tensors)
            table.Add(t.Name, t.Node, t.Op, t.Dtype, t.Shape, t.Units is { } u ? Text.Count(u) : "–", t.Hidden ? "yes" : "");
        table.Write(terminal);
        var hidden = model.Tensors.Count(t => t.Hidden);
        to.WriteLine($"{Tables.Count(model.Tensors.Count, "tensor")}, {Text.Count(hidden)} of them {(hidden == 1 ? "a hidden activation" : "hidden activations")} that `codes` taps by itself");
        foreach (var gap in model.NotCovered) to.WriteLine($"not covered: {gap.Name}: {gap.Reason}");
        foreach (var note in model.Notes) terminal.ErrorWriter.WriteLine($"note: {note}");
    }
}

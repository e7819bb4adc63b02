using System.CommandLine;
using System.Text.Json;
using Analyzer.Reports;

namespace Analyzer.Cli.Commands;

/// <summary><c>inspect</c>: what a model is made of, what it costs, and what can be tapped.</summary>
internal static class InspectCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("inspect", "Show what a model is made of, what it costs and what can be tapped; nothing is run");
        var model = SharedOptions.Model();
        var taps = new Option<string[]>("--taps") { Description = "Show only what these selectors take; see `extract --help`", Arity = ArgumentArity.OneOrMore, AllowMultipleArgumentsPerToken = true };
        var bind = SharedOptions.Bind();
        var json = SharedOptions.Json();
        foreach (var option in new Option[] { taps, bind, json }) command.Add(option);
        command.Add(model);
        command.SetAction((parsed, _) =>
        {
            var wanted = parsed.GetValue(taps) ?? [];
            var inspection = Pipeline.Inspect(parsed.GetValue(model)!, wanted, SharedOptions.Sizes(parsed.GetValue(bind)));
            if (parsed.GetValue(json)) terminal.OutputWriter.WriteLine(JsonSerializer.Serialize(inspection, Report.Json));
            else Print(terminal, inspection, only: wanted.Length > 0);
            return Task.FromResult(CommandLine.Done);
        });
        return command;
    }

    private static void Print(Terminal terminal, ModelInspection model, bool only)
    {
        terminal.Print($"{model.Path}");
        terminal.Print($"  sha256      {model.Sha256}");
        terminal.Print($"  made by     {(model.Producer.Length > 0 ? model.Producer : "not said")}, IR version {model.IrVersion}");
        terminal.Print($"  opsets      {string.Join(", ", model.Opsets.Select(o => $"{(o.Key.Length > 0 ? o.Key : "ai.onnx")} {o.Value}"))}");
        var elsewhere = model.Parameters - (model.Modules.Count > 0 ? model.Modules[0].Parameters : 0);
        terminal.Print($"  parameters  {Text.Count(model.Parameters)}{(elsewhere > 0 ? $", {Text.Count(elsewhere)} of them read by nothing that depends on the input" : "")}");
        terminal.Print($"  FLOPs       {Flops(model)}");
        foreach (var input in model.Inputs) terminal.Print($"  input       {input.Name}  {input.Dtype} {input.Shape}");
        foreach (var output in model.Outputs) terminal.Print($"  output      {output.Name}  {output.Dtype} {output.Shape}");
        InspectedTensor[] shown = [.. model.Tensors.Where(t => t.DependsOnInput || only)];
        ModelTree.Print(terminal, shown, only ? [] : model.Modules);
        if (only)
        {
            terminal.Print($"{Tables.Count(shown.Length, "tensor")} taken");
            return;
        }
        if (model.Tensors.Count > shown.Length)
            terminal.Print($"not shown: {Tables.Count(model.Tensors.Count - shown.Length, "tensor")} without a way from the input; `--json` has all");
        var width = model.Selectors.Max(s => s.Selector.Length);
        terminal.Print("tensors that a selector takes:");
        foreach (var s in model.Selectors.Where(s => s.Tensors > 0 || s.Selector == ModelInspection.Default))
            terminal.Print($"  {s.Selector.PadRight(width)}  {Text.Count(s.Tensors),5}{(s.NotCovered > 0 ? $", {Text.Count(s.NotCovered)} of which cannot be tapped" : "")}{(s.Selector == ModelInspection.Default ? "  hidden activations, which `audit` taps by itself" : "")}");
        var nothing = model.Selectors.Where(s => s.Tensors == 0 && s.Selector != ModelInspection.Default).Select(s => s.Selector).ToArray();
        if (nothing.Length > 0) terminal.Print($"  none: {string.Join(", ", nothing)}");
        // Names inside bodies may be those of tensors outside; gaps that are no tensors of the main graph are what is inside.
        var all = shown.Length + model.NotCovered.Count - shown.Count(t => t.NotCovered is not null);
        terminal.Print($"{Text.Count(all - model.NotCovered.Count)} of {Tables.Count(all, "tensor")} can be tapped, by all that is known before a run");
        foreach (var line in model.NotCoveredInShort) terminal.Print($"not covered: {line}");
        foreach (var note in model.Notes) terminal.Say($"note: {note}");
    }

    private static string Flops(ModelInspection model)
    {
        const string What = "two a multiply-add of convolutions, matrix products, recurrent layers and attention; all else left out";
        if (model.FlopsUnknown == 0) return $"{Text.Count(model.Flops)} a sample ({What})";
        var sum = model.Flops == 0 ? "not known" : $"{Text.Count(model.Flops)} a sample and more";
        var why = model.OpenSizes.Count == 0 ? "" : $"; {string.Join(", ", model.OpenSizes.Select(s => $"`{s}`"))} {(model.OpenSizes.Count == 1 ? "is" : "are")} open: `--bind {model.OpenSizes[0]}=…`";
        return $"{sum}: those of {Tables.Count(model.FlopsUnknown, "operation")} are not known{why} ({What})";
    }
}

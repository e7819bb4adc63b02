using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Analyzer.Models;
using Analyzer.Reports;

namespace Analyzer.Cli.Commands;

/// <summary><c>plan</c>: what an extraction would store, take and last.</summary>
internal static class PlanCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("plan", "Say what an extraction would store, take and last; one batch is run to time the model, nothing is written");
        var options = ExtractionOptions.OfPlan(command);
        var (taps, reduce) = (SharedOptions.Taps(" (default: what `audit` taps)"), SharedOptions.Reduce());
        var maps = new Option<int?>("--maps") { Description = "Samples of which whole maps of convolutions are kept too, as many of each class (default: 1000 as `audit` has it, 0 with `--tap`)" };
        var json = SharedOptions.Json();
        foreach (var option in new Option[] { taps, reduce, maps, json }) command.Add(option);
        command.SetAction((parsed, cancellation) =>
        {
            // Without taps the question is about an audit.
            var audit = parsed.GetValue(taps) is not { Length: > 0 };
            var wanted = options.Read(parsed) with
            {
                Taps = parsed.GetValue(taps) ?? [],
                Reducers = audit && parsed.GetResult(reduce) is not { Implicit: false } ? [Reducer.Sign, Reducer.Mean] : SharedOptions.Chosen<Reducer>(parsed, reduce),
                Maps = parsed.GetValue(maps) ?? (audit ? 1_000 : 0),
            };
            var plan = Pipeline.Plan(wanted, new(), cancellation);
            if (parsed.GetValue(json)) terminal.OutputWriter.WriteLine(JsonSerializer.Serialize(plan, Report.Json));
            else Print(terminal, plan);
            return Task.FromResult(CommandLine.Done);
        });
        return command;
    }

    private static void Print(Terminal terminal, Forecast plan)
    {
        var table = new ResultTable(["tap", "tensor", "op", "reducer", "units", "a sample", "samples", "in all", "pass"], "tensor");
        foreach (var t in plan.Taps)
            table.Add(t.Id, t.Tensor, t.Op, t.Reducer, Text.Count(t.Units), SharedOptions.Size(t.BytesPerSample), Text.Count(t.Samples), SharedOptions.Size(t.Bytes), Text.Count(t.Pass));
        table.Write(terminal);
        var needs = new ResultTable(["analysis", "memory", "reads"], "reads");
        foreach (var a in plan.Analyses) needs.Add(a.Analysis, a.Applies ? SharedOptions.Size(a.Bytes) : "–", a.Reads);
        needs.Write(terminal);
        terminal.Print($"stored     {SharedOptions.Size(plan.ActivationBytes)} of activations, {SharedOptions.Size(plan.ControlBytes)} of controls, {SharedOptions.Size(plan.WeightBytes)} of weights, before Parquet");
        terminal.Print($"passes     {Text.Count(plan.Passes)} over {Tables.Count(plan.Samples, "sample")} in batches of {Text.Count(plan.Batch)}");
        terminal.Print($"memory     at most {SharedOptions.Size(plan.PeakBytes)} of the {SharedOptions.Size(plan.Memory)} allowed");
        terminal.Print($"time       about {plan.Time.Seconds.ToString("0.#", CultureInfo.InvariantCulture)} s for the extraction, from one timed batch of {Tables.Count(plan.Time.TimedSamples, "sample")}; analyses not counted");
        foreach (var note in plan.Notes) terminal.Say($"note: {note}");
    }
}

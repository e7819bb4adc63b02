using System.CommandLine;
using System.Text.Json.Nodes;
using Analyzer.Serving;

namespace Analyzer.Cli.Commands;

/// <summary><c>serve</c>: runs in the browser of this machine, page by page.</summary>
internal static class ServeCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("serve", "Show runs in a browser on this machine: report, layers, units, samples, findings, SQL, and two runs compared; the runs are only read");
        var runs = new Argument<string[]>("RUN") { Description = "Directories of finished runs, one or more", Arity = ArgumentArity.OneOrMore };
        var port = new Option<int>("--port") { Description = "Port on 127.0.0.1; 0 for any that is free", DefaultValueFactory = _ => 0, HelpName = "N" };
        var json = SharedOptions.Json();
        command.Add(runs);
        command.Add(port);
        command.Add(json);
        command.SetAction(async (parsed, cancellation) =>
        {
            var options = SharedOptions.Checked(parsed, () => new ServeOptions { Port = parsed.GetValue(port) });
            await using var server = await ReportServer.StartAsync(parsed.GetValue(runs)!, options, terminal.Say, cancellation);
            if (parsed.GetValue(json)) terminal.OutputWriter.WriteLine(new JsonObject { ["url"] = server.Url, ["runs"] = new JsonArray([.. parsed.GetValue(runs)!.Select(r => JsonValue.Create(r))]) }.ToJsonString());
            else terminal.Print(server.Url);
            terminal.OutputWriter.Flush();
            terminal.Say("open the link in a browser on this machine; whoever has it can read the runs. Ctrl+C ends the server");
            // Being ended is what it waits for, and no interruption.
            try
            {
                await Task.Delay(Timeout.Infinite, cancellation);
            }
            catch (OperationCanceledException)
            {
                terminal.Say("ended");
            }
            return CommandLine.Done;
        });
        return command;
    }
}

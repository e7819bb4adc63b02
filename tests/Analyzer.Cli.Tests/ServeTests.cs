using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;

namespace Analyzer.Cli.Tests;

/// <summary>The command around the server: the link, and how it ends.</summary>
public sealed class ServeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ServeTests() => Assert.Equal(0, Outcome.Of("extract", Repository.Model("mnist-mlp-w010.onnx"), "--data", SmallData.Write(_folder["data"]), "--tap", "post:relu", "--out", _folder["run"], "--device", "cpu", "--no-nulls").ExitCode);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task It_prints_a_link_that_opens_the_run_and_ends_with_0_when_it_is_asked_to(string signal)
    {
        using var process = Process.Start(new ProcessStartInfo("env", ["--default-signal=INT", Path.Combine(AppContext.BaseDirectory, "analyzer"), "serve", _folder["run"], "--json"])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
            // What usually tells such servers where to listen tells this one nothing.
            Environment = { ["ASPNETCORE_URLS"] = "http://0.0.0.0:0", ["DOTNET_URLS"] = "http://0.0.0.0:0", ["ASPNETCORE_HTTP_PORTS"] = "0" },
        })!;
        var said = JsonNode.Parse(await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) ?? "")!;
        Assert.Matches("^http://127\\.0\\.0\\.1:[0-9]+/\\?token=[0-9a-f]{64}$", (string)said["url"]!);
        Assert.Equal([_folder["run"]], said["runs"]!.AsArray().Select(r => (string)r!));
        using (var client = new HttpClient(new HttpClientHandler { UseProxy = false }))
        using (var page = await client.GetAsync((string)said["url"]!, TestContext.Current.CancellationToken))
        {
            Assert.Equal(HttpStatusCode.OK, page.StatusCode);
            Assert.Contains("mnist-mlp-w010.onnx", await page.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }
        using (var kill = Process.Start("kill", [$"-{signal}", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)])) await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        Assert.Equal((0, ""), (process.ExitCode, await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken)));
        Assert.Equal("open the link in a browser on this machine; whoever has it can read the runs. Ctrl+C ends the server\nended\n", await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public void What_cannot_be_served_is_refused()
    {
        Check("error-serve-no-run", "serve", _folder["run"], _folder["nothing"]);
        Check("error-serve-twice", "serve", _folder["run"], Path.Combine(_folder["data"], "..", "run"));
        Check("error-serve-port", "serve", _folder["run"], "--port", "70000");
    }

    private void Check(string golden, params string[] args) => Golden.Check(golden, Outcome.Of(args), (_folder.Path, "FOLDER"));
}

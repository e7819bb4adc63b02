using System.Net;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Analyzer.Inference;
using Analyzer.Models;
using Analyzer.Models.Onnx;
using Analyzer.Serving;
using Analyzer.Tests.Datasets;
using Analyzer.Tests.Models;
using Google.Protobuf;
using static Analyzer.Tests.Datasets.DataFolder;

namespace Analyzer.Tests.Serving;

/// <summary>Two audits of small models whose names, and those of their data, are markup, SQL and 10,000 letters; and a server of both.</summary>
public sealed class ServedFixture : IAsyncLifetime
{
    public const string Markup = "<img/src=x/onerror=alert(1)><script>alert(1)</script>", Sql = "a';DROP/**/TABLE/**/samples;--", Turned = "back\u202e";

    public const int Samples = 240;

    private readonly DataFolder _folder = new();
    private readonly List<string> _said = [];

    public string A => _folder.At("runs [1]/it's A");

    public string B => _folder.At("runs [1]/B");

    public ReportServer Server { get; private set; } = null!;

    /// <summary>What the server told the terminal: only bugs.</summary>
    public IReadOnlyList<string> Said => _said;

    public string this[string name] => _folder.At(name);

    public async ValueTask InitializeAsync()
    {
        var random = new Statistics.SeededRandom(5);
        var labels = Enumerable.Range(0, Samples).Select(i => (long)(i % 3)).ToArray();
        var values = new float[Samples * 8];
        for (var i = 0; i < values.Length; i++) values[i] = (float)random.NextDouble() + (i % 8 == labels[i / 8] ? .8f : 0);
        _folder.Write("data/x.npy", Npy("<f4", [Samples, 8], MemoryMarshal.AsBytes<float>(values).ToArray()));
        _folder.Write("data/y.npy", Npy("<i8", [Samples], MemoryMarshal.AsBytes<long>(labels).ToArray()));
        string[] classes = [Markup, Sql + Turned, new('w', 10_000)];
        _folder.Write("data/dataset.yaml", $"name: {Json(Markup)}\nformat: npy\nsplits:\n  {Json(Markup + Sql)}: {{ inputs: x.npy, labels: y.npy }}\nclasses: [{string.Join(", ", classes.Select(Json))}]\n");
        Audit(A, "a.onnx", 1);
        Audit(B, "b.onnx", -.5f);
        Server = await Start(A, B);
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>Another server, with limits of its own.</summary>
    public Task<ReportServer> Start(ServeOptions options, params string[] runs) => ReportServer.StartAsync(runs, options, _said.Add, TestContext.Current.CancellationToken);

    public Task<ReportServer> Start(params string[] runs) => Start(new ServeOptions(), runs);

    /// <summary>A browser: it has the cookie after it was at the link.</summary>
    public static async Task<HttpClient> Visitor(ReportServer server)
    {
        var client = new HttpClient(new HttpClientHandler { UseProxy = false }) { BaseAddress = new(server.Url) };
        using var page = await client.GetAsync(server.Url, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        return client;
    }

    public string Copy(string run, string name)
    {
        foreach (var file in Directory.EnumerateFiles(run, "*", SearchOption.AllDirectories))
        {
            var to = Path.Combine(_folder.At(name), Path.GetRelativePath(run, file));
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(file, to);
        }
        return _folder.At(name);
    }

    /// <summary>Every file of a run and its sum.</summary>
    public static Dictionary<string, string> Contents(string run) =>
        Directory.EnumerateFiles(run, "*", SearchOption.AllDirectories).ToDictionary(f => f, f => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(f))));

    private void Audit(string run, string name, float scale)
    {
        var hidden = Markup + Sql + new string('w', 10_000);
        var model = Tiny.Model(13, [Tiny.Value("x", ElementType.Float, "N", 8)], ["y"], Tiny.Node("MatMul", "x w1", "h"), Tiny.Node("Relu", "h", hidden), Tiny.Node("MatMul", $"{hidden} w2", "y"));
        model.Graph.Initializer.Add(Tiny.Weight("w1", [8, 20], Tiny.Numbers(160, 1)));
        model.Graph.Initializer.Add(Tiny.Weight("w2", [20, 3], [.. Tiny.Numbers(60, 2).Select(v => scale * v)]));
        Pipeline.Audit(new() { Model = _folder.Write(name, model.ToByteArray()), Data = _folder.At("data"), Out = run, Execution = new() { Device = Device.Cpu }, CommandLine = "analyzer audit" },
            new() { Redundancy = new() { Draws = 5 }, SelfSimilarity = new() { Bootstrap = 100 } });
    }

    private static string Json(string text) => System.Text.Json.JsonSerializer.Serialize(text);
}

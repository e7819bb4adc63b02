using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Analyzer.Serving;

/// <summary>Shows runs to the browsers of this machine, to whoever has the link; nothing of a run is changed.</summary>
public sealed class ReportServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private readonly PageMaking _making;

    private ReportServer(WebApplication app, PageMaking making, string url) => (_app, _making, Url) = (app, making, url);

    /// <summary>The link, with the token that opens it.</summary>
    public string Url { get; }

    /// <summary>Pages that are being made.</summary>
    internal int AtWork => _making.AtWork;

    /// <summary>Starts it.</summary>
    /// <param name="runs">Directories of finished runs.</param>
    /// <param name="options">Where it listens.</param>
    /// <param name="say">Told of what went wrong and is not the visitor's fault.</param>
    /// <param name="cancellation">Ends the start.</param>
    /// <exception cref="AnalyzerException">A directory is no run, or the port is taken.</exception>
    public static async Task<ReportServer> StartAsync(IReadOnlyList<string> runs, ServeOptions options, Action<string> say, CancellationToken cancellation = default)
    {
        var served = ServedRuns.Of(runs);
        Socket[] sockets = [.. LoopbackSockets.Bind(options.Port)];
        var port = ((IPEndPoint)sockets[0].LocalEndPoint!).Port;
        var key = new AccessKey(port);
        // Empty: neither variables of the environment nor a file in the directory at hand can make it listen elsewhere.
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IHostLifetime, EndedByCommand>();
        builder.WebHost.UseKestrelCore().UseSockets(transport => transport.CreateBoundListenSocket = at => sockets.First(s => Equals(s.LocalEndPoint, at))).ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // Nobody sends more than a line.
            kestrel.Limits.MaxRequestBodySize = 0;
            foreach (var socket in sockets) kestrel.Listen(socket.LocalEndPoint!);
        });
        var app = builder.Build();
        app.Use((context, next) => Doorkeeper.Admit(context, key, next));
        var making = new PageMaking();
        Routes.Map(app, served, options, making, say);
        await app.StartAsync(cancellation).ConfigureAwait(false);
        return new(app, making, $"http://127.0.0.1:{port}/?token={key.Token}");
    }

    /// <summary>Ends it; pages that are being made are given up.</summary>
    public async ValueTask DisposeAsync()
    {
        using var atOnce = new CancellationTokenSource();
        atOnce.Cancel();
        await _app.StopAsync(atOnce.Token).ConfigureAwait(false);
        await _app.DisposeAsync().ConfigureAwait(false);
        _making.Dispose();
    }

    // The command line hears the signals.
    private sealed class EndedByCommand : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

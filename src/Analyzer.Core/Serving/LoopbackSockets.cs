using System.Net;
using System.Net.Sockets;

namespace Analyzer.Serving;

/// <summary>Sockets that only this machine reaches.</summary>
internal static class LoopbackSockets
{
    /// <summary>One on 127.0.0.1, and one on the same port of ::1 where the machine has it and nobody else is there.</summary>
    /// <param name="port">The port; 0 for any that is free.</param>
    /// <exception cref="AnalyzerException">The port is taken, or not for this user.</exception>
    public static IEnumerable<Socket> Bind(int port)
    {
        Socket first;
        try
        {
            first = Bound(IPAddress.Loopback, port);
        }
        catch (SocketException e)
        {
            throw new AnalyzerException($"port {port} of 127.0.0.1 cannot be had: {e.Message}", "give another `--port`, or none for any that is free", Failure.Usage, e);
        }
        Socket? second = null;
        try
        {
            if (Socket.OSSupportsIPv6) second = Bound(IPAddress.IPv6Loopback, ((IPEndPoint)first.LocalEndPoint!).Port);
        }
        catch (SocketException)
        {
            // The link names 127.0.0.1 and does without.
        }
        return second is null ? [first] : [first, second];
    }

    private static Socket Bound(IPAddress address, int port)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (address.AddressFamily == AddressFamily.InterNetworkV6) socket.DualMode = false;
            socket.Bind(new IPEndPoint(address, port));
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

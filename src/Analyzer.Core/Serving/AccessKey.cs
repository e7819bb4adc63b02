using System.Security.Cryptography;
using System.Text;

namespace Analyzer.Serving;

/// <summary>What opens the server: 256 random bits, new at every start.</summary>
/// <param name="port">The server's.</param>
internal sealed class AccessKey(int port)
{
    /// <summary>As it stands in the link.</summary>
    public string Token { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));

    /// <summary>The cookie's name: cookies know hosts and no ports, and two servers must not take each other's.</summary>
    public string Cookie { get; } = $"analyzer-{port}";

    /// <summary>Names that the server answers to: another that leads here is a trick on the browser (DNS rebinding).</summary>
    public IReadOnlyList<string> Hosts { get; } = [.. new[] { "127.0.0.1", "localhost", "[::1]" }.SelectMany(h => port == Http ? new[] { h, $"{h}:{port}" } : [$"{h}:{port}"])];

    // Browsers leave this port out.
    private const int Http = 80;

    /// <summary>Whether that is the token, in a time that does not depend on it.</summary>
    public bool Opens(string? given) => given is not null && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(Token));
}

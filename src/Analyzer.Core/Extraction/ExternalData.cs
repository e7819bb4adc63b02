using System.Security.Cryptography;
using Analyzer.Models;

namespace Analyzer.Extraction;

/// <summary>Weights that lie in files of their own belong to the model's identity as much as the file that names them.</summary>
internal static class ExternalData
{
    /// <summary>Over the contents of every external file, in the order of their names; null where the model has none.</summary>
    public static string? Sha256(OnnxModel model)
    {
        string[] files = [.. model.Initializers.SelectMany(i => i.Places).Select(p => p.Path).Where(p => p != model.Path).Distinct().Order(StringComparer.Ordinal)];
        if (files.Length == 0) return null;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in files)
        {
            using var stream = File.OpenRead(file);
            hash.AppendData(SHA256.HashData(stream));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

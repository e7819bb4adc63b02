using System.Runtime.InteropServices;
using System.Text;

namespace Analyzer.Cli.Tests;

/// <summary>Writes NumPy files, version 1.0.</summary>
internal static class Npy
{
    public static void Write(string path, ReadOnlySpan<float> values, params int[] shape) => Write(path, "<f4", MemoryMarshal.AsBytes(values), shape);

    public static void Write(string path, int[] values, params int[] shape) => Write(path, "<i4", MemoryMarshal.AsBytes<int>(values), shape);

    private static void Write(string path, string type, ReadOnlySpan<byte> bytes, int[] shape)
    {
        var header = $"{{'descr': '{type}', 'fortran_order': False, 'shape': ({string.Join(", ", shape)}{(shape.Length == 1 ? "," : "")}), }}";
        // Magic, version and length take ten bytes; all of it is padded to a multiple of 64 and ends in a line break.
        header = header.PadRight((header.Length + 11 + 63) / 64 * 64 - 11) + "\n";
        using var file = File.Create(path);
        file.Write([0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, (byte)(header.Length >> 8)]);
        file.Write(Encoding.ASCII.GetBytes(header));
        file.Write(bytes);
    }
}

using Microsoft.Win32.SafeHandles;

namespace Analyzer.Models;

/// <summary>Reads protobuf's elements at any place of a file through one small buffer, so that file size costs no memory.</summary>
internal sealed class FileWindow(SafeFileHandle file, long length)
{
    private readonly byte[] _buffer = new byte[1 << 16];
    private long _start;
    private int _count;

    public long Length => length;

    public long Position { get; set; }

    public byte ReadByte()
    {
        if (Position < _start || Position >= _start + _count) Fill();
        return _buffer[Position++ - _start];
    }

    public ulong ReadVarint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 70; shift += 7)
        {
            var next = ReadByte();
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) return value;
        }

        throw new InvalidDataException($"a number at byte {Position} has more than ten digits");
    }

    public void CopyTo(Stream target, long count)
    {
        while (count > 0)
        {
            if (Position < _start || Position >= _start + _count) Fill();
            var run = (int)Math.Min(count, _start + _count - Position);
            target.Write(_buffer, (int)(Position - _start), run);
            Position += run;
            count -= run;
        }
    }

    private void Fill()
    {
        if (Position >= length) throw new EndOfStreamException($"it ends at byte {length}, in the middle of a field");
        _start = Position;
        _count = RandomAccess.Read(file, _buffer, _start);
        if (_count == 0) throw new EndOfStreamException($"it became shorter than its {length} bytes while it was read");
    }
}

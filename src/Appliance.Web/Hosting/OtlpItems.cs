using System.IO.Compression;

namespace Appliance.Web.Hosting;

/// <summary>
/// How many spans or lines are in an export, read from its protobuf: in all signals, they are field 2 of field 2 of field 1.
/// </summary>
internal static class OtlpItems
{
    private const int PrefixBytes = 5;

    /// <summary>How many; 0 when that cannot be read.</summary>
    public static long CountIn(HttpRequestMessage request)
    {
        try
        {
            using var body = new MemoryStream();
            request.Content?.CopyTo(body, null, CancellationToken.None);
            var bytes = body.ToArray();
            var isPacked = request.Content?.Headers.ContentEncoding.Contains("gzip") == true;

            // A message of gRPC has a byte for its compression and four for its length in front.
            if (request.Content?.Headers.ContentType?.MediaType?.StartsWith("application/grpc", StringComparison.Ordinal) == true)
                (isPacked, bytes) = (bytes is [1, ..], bytes[PrefixBytes..]);
            return Count(isPacked ? Unpacked(bytes) : bytes);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // Going on is right: the export has failed anyway, and its reason is said without the number.
            return 0;
        }
    }

    /// <summary>How many are in a message. Throws for bytes that are no protobuf.</summary>
    public static long Count(ReadOnlySpan<byte> message) => Count(message, [1, 2, 2]);

    private static long Count(ReadOnlySpan<byte> message, ReadOnlySpan<int> fields)
    {
        if (fields.IsEmpty)
            return 1;
        var count = 0L;
        while (!message.IsEmpty)
        {
            var tag = Varint(ref message);
            switch (tag & 7)
            {
                case 0:
                    Varint(ref message);
                    break;
                case 1:
                    message = message[8..];
                    break;
                case 2:
                    var length = checked((int)Varint(ref message));
                    if (tag >> 3 == fields[0])
                        count += Count(message[..length], fields[1..]);
                    message = message[length..];
                    break;
                case 5:
                    message = message[4..];
                    break;
                default:
                    throw new InvalidDataException("The message is no protobuf.");
            }
        }

        return count;
    }

    private static long Varint(ref ReadOnlySpan<byte> message)
    {
        var value = 0L;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = message[0];
            message = message[1..];
            value |= (long)(next & 0x7f) << shift;
            if (next < 0x80)
                return value;
        }

        throw new InvalidDataException("The message is no protobuf.");
    }

    private static byte[] Unpacked(byte[] bytes)
    {
        using var packed = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
        using var whole = new MemoryStream();
        packed.CopyTo(whole);
        return whole.ToArray();
    }
}

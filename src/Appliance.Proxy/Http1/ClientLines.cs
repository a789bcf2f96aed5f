using System.Text;
using Appliance.Proxy.Edge;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Appliance.Proxy.Http1;

/// <summary>
/// The header lines of a client's request as it wrote them: in its order, in its letters, a repeated line as often as it came. The values
/// are those of the request as the gates left it, so that what was judged is what goes on.
/// </summary>
internal static class ClientLines
{
    [ThreadStatic]
    private static List<Field>? _fields;

    /// <summary>Adds them to <paramref name="lines"/>.</summary>
    public static void Read(HttpContext context, HeaderLines lines)
    {
        var fields = _fields ??= new(32);
        fields.Clear();
        foreach (var (name, values) in context.Request.Headers)
            fields.Add(new(name, values, 0));

        // 1. What the client wrote, line by line (RFC 9110, 5.3: the order of lines with the same name means something).
        var head = context.Features.Get<ClientHead>() is { } read ? read.Lines : default;
        while (!head.IsEmpty)
        {
            var end = head.IndexOf((byte)'\n');
            var line = end < 0 ? head : head[..end];
            head = end < 0 ? default : head[(end + 1)..];
            var colon = line.IndexOf((byte)':');
            if (colon > 0)
                Take(fields, line[..colon], lines);
        }

        // 2. What it did not write, as over HTTP/2, or a gate has set.
        foreach (var (name, values, used) in fields)
        {
            for (var at = used; at < values.Count; at++)
                lines.Append(name, values[at] ?? "");
        }

        fields.Clear();
    }

    private static void Take(List<Field> fields, ReadOnlySpan<byte> name, HeaderLines lines)
    {
        for (var at = 0; at < fields.Count; at++)
        {
            var field = fields[at];
            if (field.Name.Length != name.Length || !Ascii.EqualsIgnoreCase(name, field.Name))
                continue;
            if (field.Used < field.Values.Count)
            {
                lines.Append(Ascii.Equals(name, field.Name) ? field.Name : Encoding.ASCII.GetString(name), field.Values[field.Used] ?? "");
                fields[at] = field with { Used = field.Used + 1 };
            }

            return;
        }
    }

    private readonly record struct Field(string Name, StringValues Values, int Used);
}

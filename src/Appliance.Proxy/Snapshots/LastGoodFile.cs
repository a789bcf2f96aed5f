using System.Text;
using System.Text.Json;
using Appliance.Proxy.Config;

namespace Appliance.Proxy.Snapshots;

/// <summary>
/// The last config that was applied, beside the database: a node that starts while its store is away runs this. Written whole and swapped
/// by rename, so that a kill leaves the old one or the new one.
/// </summary>
public sealed class LastGoodFile(string path)
{
    // An opening brace, the member's name, and the longest number there is.
    private const int NumberWithin = 64;

    /// <summary>Replaces what is kept.</summary>
    public async Task WriteAsync(ConfigRevision revision, CancellationToken cancellationToken)
    {
        var text = new ConfigDocument(revision.Number, revision.Config).ToJson();
        var temporary = path + ".new";
        try
        {
            await File.WriteAllTextAsync(temporary, text, new UTF8Encoding(false), cancellationToken);
        }
        catch (IOException)
        {
            // Half of it would take room from a disk that has none.
            if (File.Exists(temporary))
                File.Delete(temporary);
            throw;
        }

        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>Sets what is kept aside, under a free name that no start looks for. Returns that name, without the folder.</summary>
    public string SetAside()
    {
        var aside = path + ".set-aside";
        for (var next = 2; File.Exists(aside); next++)
            aside = $"{path}.set-aside-{next}";
        if (File.Exists(path))
            File.Move(path, aside);
        return Path.GetFileName(aside);
    }

    /// <summary>
    /// The number of the revision in the file, without a look at the config; 0 where there is no file. Null where the file does not begin
    /// with one, as when somebody has written it: the whole of it has to be read.
    /// </summary>
    public async Task<long?> ReadNumberAsync(CancellationToken cancellationToken)
    {
        if (!File.Exists(path))
            return 0;
        var start = new byte[NumberWithin];
        await using var file = File.OpenRead(path);
        var read = await file.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancellationToken);
        return NumberIn(start.AsSpan(0, read));
    }

    // The file begins with it, because ToJson writes it first.
    private static long? NumberIn(ReadOnlySpan<byte> start)
    {
        try
        {
            var reader = new Utf8JsonReader(start, isFinalBlock: false, default);
            return
                reader.Read()
                && reader.Read()
                && reader.TokenType == JsonTokenType.PropertyName
                && reader.ValueTextEquals("revision"u8)
                && reader.Read()
                && reader.TokenType == JsonTokenType.Number
                && reader.TryGetInt64(out var number)
                ? number
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>
    /// The revision in the file. Null when the file is missing or cannot be read: then only an empty config is left to run.
    /// </summary>
    public async Task<ConfigRevision?> ReadAsync(CancellationToken cancellationToken)
    {
        if (!File.Exists(path))
            return null;
        var parsed = ConfigDocument.Parse(await File.ReadAllBytesAsync(path, cancellationToken));
        return parsed.Document is { } document ? new(document.Revision ?? 0, document.Config) : null;
    }
}

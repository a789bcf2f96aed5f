using System.Text.Json;

namespace Appliance.Web.Certificates.Acme;

/// <summary>
/// lego's files of an account at an authority, as one piece that the store can seal: relative path and content. Among them is the account's
/// key.
/// </summary>
internal static class AccountFiles
{
    private const string Root = "accounts";

    /// <summary>What is under <paramref name="folder"/>/accounts, when an account was opened; else null.</summary>
    public static byte[]? Collect(string folder)
    {
        var root = Path.Combine(folder, Root);
        var files = Directory.Exists(root) ? Directory.GetFiles(root, "*", SearchOption.AllDirectories) : [];

        // lego makes a key before it asks; the account is there when its answer is.
        if (!files.Any(file => Path.GetFileName(file) == "account.json"))
            return null;
        return JsonSerializer.SerializeToUtf8Bytes(files.ToDictionary(file => Path.GetRelativePath(folder, file), File.ReadAllBytes));
    }

    /// <summary>These files as that one piece.</summary>
    public static byte[] Pack(Dictionary<string, byte[]> files) => JsonSerializer.SerializeToUtf8Bytes(files);

    /// <summary>
    /// Puts them back. What does not belong under accounts is left out: sealed or not, a file's name is only believed there.
    /// </summary>
    public static void Restore(string folder, byte[] account)
    {
        var root = Path.GetFullPath(Path.Combine(folder, Root)) + Path.DirectorySeparatorChar;
        foreach (var (path, content) in JsonSerializer.Deserialize<Dictionary<string, byte[]>>(account) ?? [])
        {
            var file = Path.GetFullPath(Path.Combine(folder, path));
            if (!file.StartsWith(root, StringComparison.Ordinal))
                continue;
            PrivateFile.CreateFolder(Path.GetDirectoryName(file)!); // it is under the root
            PrivateFile.Write(file, content);
        }
    }
}

using System.Security.Cryptography;
using System.Text;

namespace Appliance.Web.SignIn;

/// <summary>
/// Codes for the day the phone is gone: ten, each good once. Only SHA-256 of them is stored: they are random (50 bits), so a slow hash would protect nothing more,
/// and wrong ones lock the account.
/// </summary>
internal static class RecoveryCodes
{
    /// <summary>How many there are.</summary>
    public const int Count = 10;

    private const int Length = 10;

    // Without those that look like another: 32 letters and digits, 5 bits each.
    private const string Alphabet = "abcdefghijkmnpqrstuvwxyz23456789";

    /// <summary>New ones, as they are shown once: <c>k3x9p-w7mq2</c>.</summary>
    public static string[] New() => [.. Enumerable.Range(0, Count).Select(_ => RandomNumberGenerator.GetString(Alphabet, Length).Insert(Length / 2, "-"))];

    /// <summary>What is stored of them.</summary>
    public static string Stored(IEnumerable<string> codes) => string.Join(' ', codes.Select(Hash));

    /// <summary>How many are left.</summary>
    public static int Left(string stored) => stored.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length;

    /// <summary>What is left after this one was used, or null when it is none of them. Case, blanks and dashes do not matter.</summary>
    public static string? Take(string stored, string typed)
    {
        var hashes = stored.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var hash = Encoding.ASCII.GetBytes(Hash(typed));
        var found = Array.FindIndex(hashes, one => CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(one), hash));
        return found < 0 ? null : string.Join(' ', hashes.Where((_, index) => index != found));
    }

    private static string Hash(string code)
    {
        var plain = new string([.. code.Where(char.IsAsciiLetterOrDigit).Select(char.ToLowerInvariant)]);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(plain)));
    }
}

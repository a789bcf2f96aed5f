using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Appliance.Web.SignIn;

/// <summary>
/// Codes for the day the phone is gone: ten, each good once. A code has 50 random bits. A thief of the database could try them all if their
/// hashes were fast, so PBKDF2 hashes are stored, with one salt for the ten. The master key is not used: the codes work when it is lost,
/// too.
/// </summary>
internal static class RecoveryCodes
{
    /// <summary>How many there are.</summary>
    public const int Count = 10;

    private const string Slow = "pbkdf2:";
    private const int SaltBytes = 16;
    private const int HashBytes = 24;
    private const int Length = 10;

    // Without those that look like another: 32 letters and digits, 5 bits each.
    private const string Alphabet = "abcdefghijkmnpqrstuvwxyz23456789";

    /// <summary>New ones, as they are shown once: <c>k3x9p-w7mq2</c>.</summary>
    public static string[] New() =>
        [.. Enumerable.Range(0, Count).Select(_ => RandomNumberGenerator.GetString(Alphabet, Length).Insert(Length / 2, "-"))];

    /// <summary>
    /// What is stored of them: <c>pbkdf2:rounds:salt</c>, and a hash for each, separated by blanks. Takes long on purpose.
    /// </summary>
    public static string Stored(IEnumerable<string> codes)
    {
        var head = string.Create(
            CultureInfo.InvariantCulture,
            $"{Slow}{Passwords.Rounds}:{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(SaltBytes))}"
        );
        return string.Join(' ', codes.AsParallel().AsOrdered().Select(code => Hash(head, code)).Prepend(head));
    }

    /// <summary>How many are left.</summary>
    public static int Left(string stored) => Hashes(stored).Length;

    /// <summary>True for codes of before, whose hashes are fast ones: they work, and their owner should make new ones.</summary>
    public static bool AreOld(string stored) => stored.Length > 0 && HeadOf(stored) is null;

    /// <summary>
    /// What a typed code hashes to beside these; empty for what is too short or too long for one. Takes long on purpose: not within a
    /// transaction. Case, blanks and dashes do not matter.
    /// </summary>
    public static string HashOf(string stored, string typed) =>
        typed.Count(char.IsAsciiLetterOrDigit) == Length ? Hash(HeadOf(stored), typed) : "";

    /// <summary>The stored text that is left after the code of this hash was used; null when no stored code has the hash.</summary>
    public static string? Take(string stored, string hash)
    {
        var hashes = Hashes(stored);
        var found = Array.FindIndex(hashes, candidate =>
            CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(candidate), Encoding.ASCII.GetBytes(hash))
        );
        if (found < 0)
            return null;
        var left = hashes.Where((_, index) => index != found).ToList();
        return left.Count == 0 || HeadOf(stored) is not { } head ? string.Join(' ', left) : string.Join(' ', left.Prepend(head));
    }

    private static string? HeadOf(string stored) => stored.StartsWith(Slow, StringComparison.Ordinal) ? stored.Split(' ')[0] : null;

    private static string[] Hashes(string stored) =>
        [.. stored.Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(word => !word.StartsWith(Slow, StringComparison.Ordinal))];

    private static string Hash(string? head, string code)
    {
        var plain = Encoding.UTF8.GetBytes(code.Where(char.IsAsciiLetterOrDigit).Select(char.ToLowerInvariant).ToArray());
        if (head?.Split(':') is not [_, var rounds, var salt])
            return Convert.ToHexStringLower(SHA256.HashData(plain));
        return Convert.ToHexStringLower(
            Rfc2898DeriveBytes.Pbkdf2(
                plain,
                Convert.FromHexString(salt),
                int.Parse(rounds, CultureInfo.InvariantCulture),
                HashAlgorithmName.SHA512,
                HashBytes
            )
        );
    }
}

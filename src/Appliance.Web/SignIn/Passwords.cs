using System.Buffers.Binary;
using System.Security.Cryptography;
using Appliance.Data.Accounts;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Appliance.Web.SignIn;

/// <summary>What a password must be, and what is stored of it: PBKDF2 with HMAC-SHA512 by ASP.NET Core's hasher.</summary>
public static class Passwords
{
    /// <summary>Fewest characters of a password.</summary>
    public const int Shortest = 8;

    /// <summary>Most characters: hashing takes as long as the password is.</summary>
    public const int Longest = 256;

    // Without those that look like another.
    private const string Alphabet = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

    /// <summary>Rounds of a new hash, as OWASP advises for HMAC-SHA512. Hashes of fewer are made again at the next sign-in.</summary>
    public const int Rounds = 210_000;

    // The hasher's third format: a byte 1, the function, the rounds and the length of the salt, each 4 bytes big-endian.
    private const byte ThirdFormat = 1;
    private const int RoundsAt = 5;
    private const int HeadLength = 13;

    private static readonly PasswordHasher<Account> _hasher = new(Options.Create(new PasswordHasherOptions { IterationCount = Rounds }));

    private static readonly byte[] _salt = new byte[32];

    // Compared with when there is no account of that name, so that the answer takes as long as for one that exists.
    private static readonly string _nobodysHash = Hash("");

    /// <summary>What is wrong with a new password, as a sentence, or null. <paramref name="name"/> is whose, when that is known.</summary>
    public static string? Fault(string password, string? name = null) =>
        password.Length switch
        {
            < Shortest => $"A password has at least {Shortest} characters.",
            > Longest => $"A password has at most {Longest} characters.",
            _ when password.Any(char.IsControl) => "A password has no line breaks, tabs or other control characters.",
            _ when string.IsNullOrWhiteSpace(password) => "A password is not only blanks.",
            _ when WorstPasswords.Has(password)
                    || (name is not null && password.Trim().Equals(name.Trim(), StringComparison.OrdinalIgnoreCase)) =>
                "This is one of the first passwords that a guesser tries; choose another one.",
            _ => null,
        };

    /// <summary>
    /// True when it is neither too short nor too long. The rest counts when an account is made: a setting that is not used any more must
    /// not stop the start.
    /// </summary>
    public static bool IsOfGoodLength(string password) => password.Length is >= Shortest and <= Longest;

    /// <summary>A new one for somebody else, who changes it immediately: 93 random bits, in groups that can be read out.</summary>
    public static string New() =>
        string.Join('-', RandomNumberGenerator.GetString(Alphabet, 16).Chunk(4).Select(group => new string(group)));

    /// <summary>The text that is stored of a password: its hash.</summary>
    public static string Hash(string password) => _hasher.HashPassword(null!, password); // the hasher does not read the user

    /// <summary>
    /// True when the hash was made from this password. A null hash takes as long and is never right; so does a hash of fewer rounds.
    /// </summary>
    public static bool IsRight(string? hash, string password) => Check(hash, password).IsRight;

    /// <summary>The same, with a better hash for a right password whose stored one has fewer rounds than today's.</summary>
    public static PasswordCheck Check(string? hash, string password)
    {
        if (password.Length > Longest)
            return new(IsRight: false);
        var result = _hasher.VerifyHashedPassword(null!, hash ?? _nobodysHash, password); // the hasher does not read the user
        if (result == PasswordVerificationResult.Failed || hash is null)
        {
            // An old account must not answer faster than one that does not exist.
            if (MissingRounds(hash ?? _nobodysHash) is var missing and > 0)
                Rfc2898DeriveBytes.Pbkdf2(password, _salt, missing, HashAlgorithmName.SHA512, _salt.Length);
            return new(IsRight: false);
        }

        return new(
            IsRight: true,
            MissingRounds(hash) > 0 || result == PasswordVerificationResult.SuccessRehashNeeded ? Hash(password) : null
        );
    }

    /// <summary>How many rounds a stored hash has fewer than a new one.</summary>
    internal static int MissingRounds(string hash)
    {
        Span<byte> head = stackalloc byte[1024];
        return Convert.TryFromBase64String(hash, head, out var length) && length > HeadLength && head[0] == ThirdFormat
            ? Math.Clamp(Rounds - BinaryPrimitives.ReadInt32BigEndian(head[RoundsAt..]), 0, Rounds)
            : 0;
    }
}

using System.Security.Cryptography;
using Appliance.Data.Accounts;
using Microsoft.AspNetCore.Identity;

namespace Appliance.Web.SignIn;

/// <summary>What a password must be, and what is stored of it: PBKDF2 by ASP.NET Core's hasher.</summary>
public static class Passwords
{
    /// <summary>Fewest characters.</summary>
    public const int Shortest = 8;

    /// <summary>Most characters: hashing takes as long as the password is.</summary>
    public const int Longest = 256;

    // Without those that look like another.
    private const string Alphabet = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

    private static readonly PasswordHasher<Account> Hasher = new();

    // Compared with when there is no account of that name, so that the answer takes as long as for one that exists.
    private static readonly string NobodysHash = Hash("");

    /// <summary>What is wrong with a new password, as a sentence, or null. <paramref name="name"/> is whose, when that is known.</summary>
    public static string? Fault(string password, string? name = null) => password.Length switch
    {
        < Shortest => $"A password has at least {Shortest} characters.",
        > Longest => $"A password has at most {Longest} characters.",
        _ when password.Any(char.IsControl) => "A password has no line breaks, tabs or other control characters.",
        _ when string.IsNullOrWhiteSpace(password) => "A password is not only blanks.",
        _ when WorstPasswords.Has(password) || (name is not null && password.Trim().Equals(name.Trim(), StringComparison.OrdinalIgnoreCase)) =>
            "This is one of the first passwords that a guesser tries; choose another one.",
        _ => null,
    };

    /// <summary>True when it is neither too short nor too long. The rest counts when an account is made: a setting that is not used any more must not stop the start.</summary>
    public static bool IsOfGoodLength(string password) => password.Length is >= Shortest and <= Longest;

    /// <summary>A new one for somebody else, who changes it at once: 93 random bits, in groups that can be read out.</summary>
    public static string New() => string.Join('-', RandomNumberGenerator.GetString(Alphabet, 16).Chunk(4).Select(group => new string(group)));

    /// <summary>What is stored.</summary>
    public static string Hash(string password) => Hasher.HashPassword(null!, password); // the hasher does not read the user

    /// <summary>True when the hash was made from this password. A null hash takes as long and is never right.</summary>
    public static bool IsRight(string? hash, string password) =>
        password.Length <= Longest
        && Hasher.VerifyHashedPassword(null!, hash ?? NobodysHash, password) != PasswordVerificationResult.Failed // the hasher does not read the user
        && hash is not null;
}

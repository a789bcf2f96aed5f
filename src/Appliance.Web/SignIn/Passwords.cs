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

    /// <summary>What is wrong with a new password, as a sentence, or null.</summary>
    public static string? Fault(string password) => password.Length switch
    {
        < Shortest => $"A password has at least {Shortest} characters.",
        > Longest => $"A password has at most {Longest} characters.",
        _ => null,
    };

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

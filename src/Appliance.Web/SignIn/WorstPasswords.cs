using System.Collections.Frozen;

namespace Appliance.Web.SignIn;

/// <summary>
/// What guessers try first: a short list of words with what people put behind them, one character again and again, and rows of the
/// keyboard.
/// </summary>
internal static class WorstPasswords
{
    private static readonly FrozenSet<string> _words = new[]
    {
        "password",
        "passwort",
        "passw0rd",
        "p@ssw0rd",
        "p@ssword",
        "pa$$word",
        "motdepasse",
        "contrasena",
        "administrator",
        "admin",
        "appliance",
        "root",
        "toor",
        "changeme",
        "change-me",
        "changeit",
        "letmein",
        "welcome",
        "willkommen",
        "iloveyou",
        "sunshine",
        "princess",
        "football",
        "baseball",
        "superman",
        "starwars",
        "trustno1",
        "whatever",
        "computer",
        "internet",
        "michelle",
        "jennifer",
        "qwerty",
        "qwertz",
        "azerty",
        "qwertyuiop",
        "qwertzuiop",
        "asdfghjkl",
        "asdfasdf",
        "yxcvbnm",
        "zxcvbnm",
        "1q2w3e4r",
        "1q2w3e4r5t",
        "1qaz2wsx",
        "qazwsxedc",
        "abc",
        "abcd",
        "abcdefgh",
        "abc123",
        "secret",
        "geheim",
        "default",
        "master",
        "monkey",
        "dragon",
        "shadow",
        "test",
        "testtest",
        "guest",
        "user",
        "login",
        "server",
        "proxy",
        "nginx",
        "correct horse battery staple",
        "correcthorsebatterystaple",
        "passwordpassword",
        "adminadmin",
    }.ToFrozenSet();

    /// <summary>True for a password that is among the first guesses.</summary>
    public static bool Has(string password)
    {
        var text = password.Trim().ToLowerInvariant();
        return _words.Contains(text)
            || _words.Contains(text.TrimEnd("0123456789!?.#$*-_@+".ToCharArray()))
            || IsPattern(text)
            || IsRow(text);
    }

    // "aaaaaaaa", "abababab".
    private static bool IsPattern(string text) =>
        Enumerable.Range(1, 2).Any(length => Enumerable.Range(0, text.Length).All(place => text[place] == text[place % length]));

    // "12345678", "87654321", "1234567890", "abcdefgh".
    private static bool IsRow(string text)
    {
        var steps = text.Zip(text.Skip(1), (letter, next) => (letter, next) is ('9', '0') or ('0', '9') ? 0 : next - letter)
            .Where(step => step != 0)
            .Distinct()
            .ToList();
        return steps is [1] or [-1];
    }
}

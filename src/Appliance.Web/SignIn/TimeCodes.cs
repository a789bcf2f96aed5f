using System.Globalization;
using OtpNet;

namespace Appliance.Web.SignIn;

/// <summary>The codes of an authenticator app: RFC 6238 as every app speaks it, SHA-1, six digits, a new one every 30 seconds.</summary>
internal static class TimeCodes
{
    /// <summary>How long a code is shown.</summary>
    public const int StepSeconds = 30;

    /// <summary>Digits of a code.</summary>
    public const int Digits = 6;

    // A phone's clock is off by seconds, and typing takes some: one step each way (RFC 6238, 5.2).
    private static readonly VerificationWindow _window = new(previous: 1, future: 1);

    /// <summary>A new secret: 160 bits, as RFC 4226 (section 4, R6) recommends.</summary>
    public static byte[] NewSecret() => KeyGeneration.GenerateRandomKey(20);

    /// <summary>The secret as it is typed into an app.</summary>
    public static string Text(byte[] secret) => Base32Encoding.ToString(secret).TrimEnd('=');

    /// <summary>The same in groups of four, for people who type it.</summary>
    public static string Groups(byte[] secret) => string.Join(' ', Text(secret).Chunk(4).Select(group => new string(group)));

    /// <summary>What the picture says: <c>otpauth://totp/Appliance:ann?secret=...</c>.</summary>
    public static string Address(byte[] secret, string person) =>
        $"otpauth://totp/Appliance:{Uri.EscapeDataString(person)}?secret={Text(secret)}&issuer=Appliance";

    /// <summary>The code of a moment.</summary>
    public static string At(byte[] secret, DateTimeOffset now) =>
        new Totp(secret, StepSeconds, OtpHashMode.Sha1, Digits).ComputeTotp(now.UtcDateTime);

    /// <summary>
    /// The time step of a code that is right now and newer than <paramref name="lastStep"/>, or null. Blanks in it do not matter.
    /// </summary>
    public static long? StepOf(byte[] secret, string typed, long lastStep, DateTimeOffset now)
    {
        var code = typed.Replace(" ", "", StringComparison.Ordinal);
        if (code.Length != Digits || !int.TryParse(code, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            return null;
        var isRight = new Totp(secret, StepSeconds, OtpHashMode.Sha1, Digits).VerifyTotp(now.UtcDateTime, code, out var step, _window);
        return isRight && step > lastStep ? step : null;
    }
}
